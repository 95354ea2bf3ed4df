/** A decision whose process is killed goes on in the next one, and no model is asked twice for what it had answered. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { DECISION_ID, GOOD, type Speaker } from './desk.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-killed-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;

type Said = Readonly<{
  unfinished: string[];
  end: unknown;
  calls: number;
  proposal: string | null;
}>;
type Answers = Partial<Record<Speaker, readonly string[]>>;

/** A model server that counts, and that is told at which question the asking process dies. */
async function model(answers: Answers, killAt: string) {
  const asked: string[] = [];
  let child: ChildProcess | null = null;
  let deadly: string | null = killAt;
  const turns = new Map<Speaker, number>();
  const read = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const speaker = body as Speaker;
      const turn = (turns.get(speaker) ?? 0) + 1;
      asked.push(`${speaker} ${turn}`);
      if (`${speaker} ${turn}` === deadly) {
        deadly = null;
        return child?.kill('SIGKILL');
      }
      turns.set(speaker, turn);
      const answer = (): unknown => response.end(answers[speaker]?.[turn - 1] ?? GOOD[speaker]);
      if (speaker === 'sentiment') response.once('finish', read.resolve);
      // The news are answered first: so it is known who had an answer when the process died.
      return speaker === 'technical' ? read.promise.then(answer) : answer();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    child?.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const file = join(dir, `decisions-${(files += 1)}.sqlite`);
  const run = async (what: 'decide' | 'resume', lateMs = 0) => {
    const fixture = join(import.meta.dirname, 'fixture-decider.ts');
    const started = spawn(process.execPath, [fixture, url, file, what, String(lateMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    const [said, [code, signal]] = await Promise.all([
      text(started.stdout),
      once(started, 'exit') as Promise<[number | null, string | null]>,
    ]);
    return { signal, code, said: said === '' ? null : (JSON.parse(said) as Said) };
  };
  return { asked, run };
}

describe.each<[when: string, killAt: string, answers: Answers, before: string[], after: string[]]>([
  [
    'between the two steps of models',
    'planner 1',
    {},
    ['technical 1', 'sentiment 1', 'planner 1'],
    ['planner 1'],
  ],
  [
    'between an answer and its repair',
    'planner 2',
    { planner: ['no plan', GOOD.planner] },
    ['technical 1', 'sentiment 1', 'planner 1', 'planner 2'],
    ['planner 2'],
  ],
])('killed %s', (_, killAt, answers, before, after) => {
  test('it goes on with the question that was open', async () => {
    const { asked, run } = await model(answers, killAt);
    expect(await run('decide')).toMatchObject({ signal: 'SIGKILL', said: null });
    expect(asked.toSorted()).toEqual(before.toSorted());
    const { said } = await run('resume');
    expect(asked.slice(before.length)).toEqual(after);
    expect(said).toMatchObject({
      unfinished: [DECISION_ID],
      end: { kind: 'propose', by: 'model' },
      calls: before.length,
      proposal: DECISION_ID,
    });
  });
});

test('one of two readers had answered: the other alone is asked again', async () => {
  const { asked, run } = await model({ technical: ['no bias'] }, 'technical 2');
  await run('decide');
  expect(asked).toContain('sentiment 1');
  const before = asked.length;
  const { said } = await run('resume');
  expect(asked.slice(before)).toEqual(['technical 2', 'planner 1']);
  expect(said?.end).toMatchObject({ kind: 'propose', by: 'model' });
});

test('what is resumed too late ends as stale, and nobody is asked', async () => {
  const { asked, run } = await model({}, 'planner 1');
  await run('decide');
  const before = asked.length;
  const { said } = await run('resume', 30_001);
  expect(asked).toHaveLength(before);
  expect(said).toMatchObject({
    end: { kind: 'none', by: 'house', code: 'DECISION_STALE' },
    proposal: null,
  });
  expect((await run('resume')).said).toMatchObject({ unfinished: [], end: null });
});
