/** The checkpointer against LangGraph's own conformance suite, and against what that suite does not ask. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint';
import { deltaChannelHistoryTests, specTest } from '@langchain/langgraph-checkpoint-validation';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  test,
} from 'vitest';
import type { TimeMs } from '#firewall';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';

// The published suite takes vitest's functions from the global scope.
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it });

const dir = mkdtempSync(join(tmpdir(), 'airlock-saver-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const freshFile = (): string => join(dir, `checkpoints-${(files += 1)}.sqlite`);

const suite = {
  checkpointerName: 'SqliteSaver',
  createCheckpointer: () => new SqliteSaver(freshFile()),
  destroyCheckpointer: (saver: SqliteSaver) => saver.close(),
};
specTest(suite);
deltaChannelHistoryTests(suite);

const META = { source: 'loop', step: 0, parents: {} } as const;
const thread = (id: string) => ({ configurable: { thread_id: id, checkpoint_ns: '' } });
const opened = (file: string): SqliteSaver => {
  const saver = new SqliteSaver(file);
  onTestFinished(() => saver.close());
  return saver;
};
const checkpointWith = (values: Readonly<Record<string, unknown>>, at = 0) => ({
  ...emptyCheckpoint(),
  id: uuid6(at),
  ts: new Date(1_700_000_000_000 + at).toISOString(),
  channel_values: { ...values },
  channel_versions: Object.fromEntries(Object.keys(values).map((key) => [key, 1])),
});

describe('beyond the suite', () => {
  test('a second opening reads what the first wrote, without the first being closed', async () => {
    const file = freshFile();
    const first = opened(file);
    const checkpoint = checkpointWith({ facts: ['a', 'b'] });
    const config = await first.put(thread('t'), checkpoint, META, checkpoint.channel_versions);
    await first.putWrites(config, [['facts', ['c']]], 'task');
    const found = await opened(file).getTuple(thread('t'));
    expect(found?.checkpoint).toEqual(checkpoint);
    expect(found?.pendingWrites).toEqual([['task', 'facts', ['c']]]);
  });

  test('it is durable: a write-ahead log, synced in full', () => {
    const file = freshFile();
    opened(file);
    const db = new DatabaseSync(file);
    onTestFinished(() => db.close());
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });

  test('a finished task keeps its first result; the answer of a person is the latest', async () => {
    const saver = opened(freshFile());
    const config = await saver.put(thread('t'), checkpointWith({}), META, {});
    await saver.putWrites(config, [['a', 1]], 'task');
    await saver.putWrites(config, [['a', 2]], 'task');
    await saver.putWrites(config, [['__resume__', 'one']], 'task');
    await saver.putWrites(config, [['__resume__', 'two']], 'task');
    expect((await saver.getTuple(config))?.pendingWrites).toEqual([
      ['task', '__resume__', 'two'],
      ['task', 'a', 1],
    ]);
  });

  test('two branches of one checkpoint do not see each other’s values', async () => {
    const saver = opened(freshFile());
    const root = checkpointWith({ x: 'root' }, 1);
    const from = await saver.put(thread('t'), root, META, { x: 1 });
    const branch = async (value: string, at: number) => {
      const next = { ...checkpointWith({ x: value }, at), channel_versions: { x: 2 } };
      return saver.put(from, next, META, { x: 2 });
    };
    const [left, right] = [await branch('left', 2), await branch('right', 3)];
    const valueAt = async (config: typeof left) =>
      (await saver.getTuple(config))?.checkpoint.channel_values['x'];
    expect([await valueAt(from), await valueAt(left), await valueAt(right)]).toEqual([
      'root',
      'left',
      'right',
    ]);
  });

  test('a value that did not change is stored once', async () => {
    const file = freshFile();
    const saver = opened(file);
    const big = 'evidence '.repeat(1_000);
    let config: Awaited<ReturnType<typeof saver.put>> = thread('t');
    for (let step = 0; step < 5; step += 1) {
      const versions = { big: 1, step: step + 1 };
      const checkpoint = { ...checkpointWith({ big, step }, step), channel_versions: versions };
      config = await saver.put(
        config,
        checkpoint,
        META,
        step === 0 ? versions : { step: step + 1 },
      );
    }
    expect((await saver.getTuple(config))?.checkpoint.channel_values).toEqual({ big, step: 4 });
    const db = new DatabaseSync(file);
    onTestFinished(() => db.close());
    expect(db.prepare('SELECT count(*) AS n FROM blobs').get()).toEqual({ n: 6 });
  });

  test('names that mean something to JavaScript are only names', async () => {
    const saver = opened(freshFile());
    for (const name of ['__proto__', 'constructor', "'; DROP TABLE blobs; --"]) {
      const checkpoint = checkpointWith({ value: name });
      await saver.put(thread(name), checkpoint, META, checkpoint.channel_versions);
      expect((await saver.getTuple(thread(name)))?.checkpoint.channel_values).toEqual({
        value: name,
      });
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    await expect(
      saver.put({ configurable: { thread_id: 7 } }, checkpointWith({}), META, {}),
    ).rejects.toMatchObject({ code: 'CHECKPOINT_UNADDRESSED' });
  });
});

describe('pruning', () => {
  const filled = async () => {
    const saver = opened(freshFile());
    for (const at of [1_000, 2_000, 3_000]) {
      const checkpoint = checkpointWith({ at }, at);
      const config = await saver.put(thread(`t${at}`), checkpoint, META, { at: 1 });
      await saver.putWrites(config, [['at', at]], 'task');
    }
    const left = async () => {
      const ids: unknown[] = [];
      for await (const { config } of saver.list({})) ids.push(config.configurable?.['thread_id']);
      return ids.toReversed();
    };
    return { saver, left };
  };
  const at = (ms: number): TimeMs => (1_700_000_000_000 + ms) as TimeMs;

  test('by age: at the limit a thread stays, one past it goes', async () => {
    const { saver, left } = await filled();
    expect(saver.prune({ before: at(1_000), keep: null })).toBe(0);
    expect(saver.prune({ before: at(1_001), keep: null })).toBe(1);
    expect(await left()).toEqual(['t2000', 't3000']);
  });

  test('by count: the latest stay', async () => {
    const { saver, left } = await filled();
    expect(saver.prune({ before: null, keep: 3 })).toBe(0);
    expect(saver.prune({ before: null, keep: 1 })).toBe(2);
    expect(await left()).toEqual(['t3000']);
  });
});

describe('a file that is not what it should be is refused, and left as it is', () => {
  test('another version', () => {
    const file = freshFile();
    new SqliteSaver(file).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 2');
    db.close();
    expect(() => new SqliteSaver(file)).toThrowError(
      expect.objectContaining({ code: 'CHECKPOINTS_OTHER_VERSION', retryable: false }),
    );
  });

  test('the database of another program', () => {
    const file = freshFile();
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE theirs (a)');
    db.close();
    expect(() => new SqliteSaver(file)).toThrowError(
      expect.objectContaining({ code: 'CHECKPOINTS_NOT_OURS' }),
    );
  });

  test('no database at all', () => {
    const file = freshFile();
    writeFileSync(
      file,
      'this is a letter, and a long one, of well over a hundred bytes '.repeat(4),
    );
    expect(() => new SqliteSaver(file)).toThrowError(
      expect.objectContaining({ code: 'CHECKPOINTS_UNREADABLE' }),
    );
    expect(readFileSync(file, 'utf8')).toContain('this is a letter');
  });

  test('a value that is gone', async () => {
    const file = freshFile();
    const saver = opened(file);
    const checkpoint = checkpointWith({ x: 1 });
    await saver.put(thread('t'), checkpoint, META, { x: 1 });
    const db = new DatabaseSync(file);
    onTestFinished(() => db.close());
    db.exec('DELETE FROM blobs');
    await expect(saver.getTuple(thread('t'))).rejects.toMatchObject({
      code: 'CHECKPOINTS_UNREADABLE',
    });
  });
});
