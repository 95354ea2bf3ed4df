/** The supervisor: restarts what dies, leaves alone what refuses, and leaves nothing behind. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Json } from '#firewall';
import { supervise, type Supervised } from '../../infra/supervisor.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-supervisor-'));
const started: Supervised[] = [];
afterAll(async () => {
  await Promise.all(started.map((role) => role.stop()));
  rmSync(dir, { recursive: true });
});

function run(
  manner: string,
  told: { events: Json[]; refused: string[]; log: string[] },
): Supervised {
  const role = supervise(
    {
      name: manner,
      file: join(import.meta.dirname, 'fixture-role.ts'),
      start: { manner },
      logFile: join(dir, `${manner}.jsonl`),
      restartMsMax: 300,
    },
    {
      log: (_level, event) => told.log.push(event),
      onEvent: (_role, event) => told.events.push(event),
      onRefused: (name) => told.refused.push(name),
    },
  );
  started.push(role);
  return role;
}
const fresh = () => ({ events: [] as Json[], refused: [] as string[], log: [] as string[] });

const until = async (done: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 600 && !done(); tries += 1) await sleep(25);
  if (!done()) throw new Error('it did not happen in time');
};
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a role that serves', () => {
  it('is ready, is heard, writes its log, and is gone after stop', async () => {
    const told = fresh();
    const role = run('serve', told);
    await role.ready;
    await until(() => told.events.length === 1);
    const { pid } = role.state();
    expect(role.state()).toMatchObject({ status: 'ready', restarts: 0 });
    await role.stop();
    expect(role.state()).toMatchObject({ status: 'stopped', pid: null });
    expect(alive(pid ?? 0)).toBe(false);
    expect(readFileSync(join(dir, 'serve.jsonl'), 'utf8')).toContain('started serve');
  }, 30_000);

  it('is started again when it is killed', async () => {
    const told = fresh();
    const role = run('killed', told);
    await role.ready;
    const first = role.state().pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until(() => role.state().status === 'ready' && role.state().pid !== first);
    expect(role.state().restarts).toBe(1);
    expect(told.log).toContain('ROLE_RESTARTING');
    await role.stop();
  }, 30_000);

  it('that does not hear is ended all the same', async () => {
    const role = run('deaf', fresh());
    await role.ready;
    const { pid } = role.state();
    await role.stop();
    expect(alive(pid ?? 0)).toBe(false);
  }, 30_000);
});

describe('a role that will not', () => {
  it('is tried again after a crash, ever later, and never after stop', async () => {
    const role = run('crash', fresh());
    await until(() => role.state().restarts >= 2);
    await role.stop();
    const { restarts } = role.state();
    await sleep(700);
    expect(role.state()).toMatchObject({ restarts, status: 'stopped', pid: null });
  }, 30_000);

  it('is left alone after a refusal, and the house is told', async () => {
    const told = fresh();
    const role = run('refuse', told);
    await expect(role.ready).rejects.toThrow('refused');
    await sleep(500);
    expect(role.state()).toMatchObject({ status: 'refused', restarts: 0 });
    expect(told.refused).toEqual(['refuse']);
  }, 30_000);
});
