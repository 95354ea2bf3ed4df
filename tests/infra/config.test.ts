/** The configuration: precedence, and every problem listed at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { envName, flagName, loadConfig, SETTINGS } from '../../infra/config.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-config-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'config.yaml');
const load = (
  yaml: string,
  env: Record<string, string> = {},
  flags: Record<string, unknown> = {},
) => {
  writeFileSync(file, yaml);
  return loadConfig(file, env, flags);
};
const good = (result: ReturnType<typeof loadConfig>) => {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
};

describe('where a setting comes from', () => {
  it('falls back to defaults when there is no file', () => {
    const config = good(loadConfig(join(dir, 'absent.yaml'), {}, {}));
    for (const [key, setting] of Object.entries(SETTINGS))
      expect(config[key as keyof typeof config], key).toEqual(setting.fallback);
  });
  it('takes the flag before the environment, and that before the file', () => {
    expect(good(load('seed: 1')).seed).toBe(1);
    expect(good(load('seed: 1', { AIRLOCK_SEED: '2' })).seed).toBe(2);
    expect(good(load('seed: 1', { AIRLOCK_SEED: '2' }, { seed: '3' })).seed).toBe(3);
  });
  it('names variables and flags after the setting', () => {
    expect([envName('deskEveryMs'), flagName('deskEveryMs')]).toEqual([
      'AIRLOCK_DESK_EVERY_MS',
      'desk-every-ms',
    ]);
    expect(good(load('', { REDIS_URL: 'redis://127.0.0.1:1' })).redisUrl).toBe(
      'redis://127.0.0.1:1',
    );
  });
});

describe('what is refused', () => {
  it('lists every problem at once, each with its place', () => {
    const result = load('seed: -1\ncash: 1.5\nsymbls: [A/B]\nmode: yolo', {
      AIRLOCK_STEP_MS: 'soon',
      AIRLOCK_TYPO: '1',
    });
    expect(result).toMatchObject({
      ok: false,
      problems: [
        { at: expect.stringContaining('symbls'), problem: 'no such setting' },
        { at: 'AIRLOCK_TYPO', problem: 'no such setting' },
        { at: expect.stringContaining('cash') },
        { at: expect.stringContaining('seed') },
        { at: 'AIRLOCK_STEP_MS' },
        { at: expect.stringContaining('mode'), problem: 'want auto | review | shadow' },
      ],
    });
  });
  it.each(['- a\n- b', 'seed: [', '"text"', 'a: &x 1\nb: *x'])('a file that is %j', (yaml) => {
    expect(load(yaml).ok).toBe(false);
  });
  it('a queue address that is not Redis', () => {
    expect(load('redisUrl: http://127.0.0.1').ok).toBe(false);
  });
});
