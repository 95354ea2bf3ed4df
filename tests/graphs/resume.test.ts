/** What a process finds of an earlier one's decisions: those that it can stand for are gone on with, all others are forgotten. */
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Decider } from '../../graphs/decider.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import { DECISION_ID, deskOf, IDENTITY, RULES, SpokenRuntime, type DeskOptions } from './desk.ts';

const NEVER = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'airlock-resume-'));
let files = 0;
let file = '';
let saver = new SqliteSaver(join(dir, 'none.db'));
afterAll(() => {
  saver.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A decision whose process stopped while its readers were speaking. */
beforeEach(async () => {
  saver.close();
  file = join(dir, `${(files += 1)}.db`);
  saver = new SqliteSaver(file);
  const hung = deskOf({ script: { technical: { hang: true }, sentiment: { hang: true } } });
  void new Decider(hung.ports, saver).decide(DECISION_ID, NEVER).catch(() => undefined);
  while (hung.runtime.asked.length < 2) await new Promise(setImmediate);
});

const nextProcess = (options: DeskOptions = {}): Decider =>
  new Decider(deskOf(options).ports, saver);

class OtherWeights extends SpokenRuntime {
  override readonly identity = { ...IDENTITY, digest: 'b'.repeat(64) };
}

describe('a decision that was begun', () => {
  test('under the same weights and rules is gone on with', async () => {
    const next = nextProcess();
    expect(await next.unfinished()).toEqual([DECISION_ID]);
    expect((await next.resume(DECISION_ID, NEVER))?.end).toMatchObject({ by: 'model' });
  });

  test.each<[string, DeskOptions]>([
    ['other weights', { runtime: new OtherWeights({}) }],
    [
      'other limits',
      { rules: { limits: [{ name: 'limits.order_share', value: '1', unit: 'percent' }] } },
    ],
    ['another size', { rules: { sizing: { ...RULES.sizing, size: 10_000 as never } } }],
    ['another fallback', { rules: { fallback: 'none' } }],
  ])('under %s is forgotten', async (_, options) => {
    const next = nextProcess(options);
    expect(await next.resume(DECISION_ID, NEVER)).toBeNull();
    expect(await next.unfinished()).toEqual([]);
    expect(saver.threads()).toEqual([]);
  });

  test('by another desk is left to it', async () => {
    const next = nextProcess({ rules: { address: { ...RULES.address, desk: 'desk-b' } } });
    expect(await next.unfinished()).toEqual([]);
    expect(saver.threads()).toEqual([DECISION_ID]);
  });

  test.each([
    ["UPDATE blobs SET value = x'00'"],
    ["UPDATE checkpoints SET body = x'7b'"],
    ["UPDATE checkpoints SET held = '{'"],
    ['DELETE FROM blobs'],
  ])('and is not whole (%s) keeps nobody from starting', async (harm) => {
    const other = new DatabaseSync(file);
    other.exec(harm);
    other.close();
    expect(await nextProcess().unfinished()).toEqual([]);
    expect(saver.threads()).toEqual([]);
  });
});

test('a decision that is over is not kept', async () => {
  await nextProcess().resume(DECISION_ID, NEVER);
  expect(saver.threads()).toEqual([DECISION_ID]);
  expect(await nextProcess().unfinished()).toEqual([]);
  expect(saver.threads()).toEqual([]);
});
