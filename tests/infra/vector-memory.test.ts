/** The memory in SQLite: it conforms, it survives, it refuses other makers' vectors, and it does not believe a tampered row. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { getLoadablePath } from 'sqlite-vec';
import { afterAll, describe, expect, it } from 'vitest';
import type { Ppm } from '#firewall';
import { openVectorMemory } from '../../infra/vector-memory.ts';
import { situationCodec } from '../../tools/situation-codec.ts';
import { PlainMemory } from '../support/plain-memory.ts';
import { at, conforms, DIMENSIONS, situation, vector } from './situation-memory-conformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const fresh = (): string => join(folder, `${(files += 1)}.sqlite`);
const maker = { id: 'tests', dimensions: DIMENSIONS };
const open = (file: string, by = maker) =>
  openVectorMemory({ file, maker: by, codec: situationCodec });

conforms('SQLite', () => open(':memory:'));
conforms('plain lists', () => new PlainMemory(DIMENSIONS));

const everything = { asOf: at(1_000), count: 10, symbol: null } as const;

/** Works on the file behind the memory's back. */
function meddle(file: string, sql: string): void {
  const db = new DatabaseSync(file, { allowExtension: true });
  db.loadExtension(getLoadablePath());
  db.exec(sql);
  db.close();
}

function codeOf(attempt: () => unknown): unknown {
  try {
    attempt();
    return 'opened';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

describe('the file', () => {
  it('is there again after it was closed', () => {
    const file = fresh();
    const first = open(file);
    first.put(situation('a'), vector(1));
    first.learn('a', 5 as Ppm, at(10));
    first.close();
    const second = open(file);
    expect(second.nearest(vector(1), everything)).toEqual([
      { situation: situation('a', { outcome: 5 as Ppm, outcomeAt: at(10) }), distance: 0 },
    ]);
    expect(second.tampered).toBe(0);
    second.close();
  });

  it('keeps what was put in when its process is killed', () => {
    const file = fresh();
    const script = join(import.meta.dirname, 'fixture-memory-writer.ts');
    const killed = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    const memory = open(file);
    expect(memory.count()).toBe(3);
    expect(memory.nearest(vector(1), everything)).toHaveLength(3);
    memory.close();
  });

  it('is made once when several processes find it new at the same moment', async () => {
    const file = fresh();
    const script = join(import.meta.dirname, 'fixture-memory-writer.ts');
    const writers = Array.from({ length: 3 }, () => spawn(process.execPath, [script, file]));
    const ends = await Promise.all(
      writers.map(
        (writer) =>
          new Promise((end) => {
            writer.once('exit', (_, signal) => end(signal));
          }),
      ),
    );
    expect(ends).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    const memory = open(file);
    expect(memory.count()).toBe(3);
    memory.close();
  });

  it('is read and written by two at once', () => {
    const file = fresh();
    const [one, other] = [open(file), open(file)];
    one.put(situation('a'), vector(1));
    other.put(situation('b'), vector(2));
    expect(one.count()).toBe(2);
    expect(other.nearest(vector(1), everything)).toHaveLength(2);
    one.close();
    other.close();
  });

  it('refuses vectors of another maker, of another length, and another version', () => {
    const file = fresh();
    open(file).close();
    expect(codeOf(() => open(file, { ...maker, id: 'others' }))).toBe('MEMORY_MODEL_CHANGED');
    expect(codeOf(() => open(file, { ...maker, dimensions: 5 }))).toBe('MEMORY_MODEL_CHANGED');
    expect(codeOf(() => open(file).close())).toBe('opened');
    meddle(file, "update about set value = '2' where key = 'version'");
    expect(codeOf(() => open(file))).toBe('MEMORY_VERSION_UNKNOWN');
  });

  it('refuses what is no memory', () => {
    const text = fresh();
    writeFileSync(text, 'this is no database, and long enough to be sure of it'.repeat(20));
    expect(codeOf(() => open(text))).toBe('MEMORY_UNREADABLE');
    const other = fresh();
    meddle(other, 'create table shopping (item text)');
    expect(codeOf(() => open(other))).toBe('MEMORY_UNREADABLE');
    expect(codeOf(() => open(join(folder, 'no', 'such', 'folder')))).toBe('MEMORY_UNREADABLE');
  });

  it('names misfits, and the failure of a file that went away', () => {
    const memory = open(fresh());
    expect(codeOf(() => memory.put(situation('a'), vector(Number.NaN)))).toBe(
      'MEMORY_VECTOR_UNFIT',
    );
    const file = fresh();
    const broken = open(file);
    meddle(file, 'drop table vectors');
    expect(codeOf(() => broken.put(situation('a'), vector(1)))).toBe('MEMORY_FAILED');
    // Half a record is no record.
    expect(broken.count()).toBe(0);
    broken.close();
    memory.close();
  });

  it('stops the process on a situation that is ill-formed', () => {
    const memory = open(':memory:');
    const bad = [
      situation('no such id!'),
      situation('a', { outcome: 5 as Ppm }),
      situation('a', { outcome: 5 as Ppm, outcomeAt: at(-1) }),
      situation('a', { facts: [{ name: 'x', value: 'buy now', unit: 'word' }] }),
    ];
    for (const one of bad) expect(() => memory.put(one, vector(1))).toThrow('invariant');
    memory.put(situation('a', { availableAt: at(10) }), vector(1));
    expect(() => memory.learn('a', 1 as Ppm, at(9))).toThrow('invariant');
    memory.close();
  });
});

describe('a row that is not what was written', () => {
  /** The index knows no change in place: the row goes, and another comes under its number. */
  const indexed = (embedding: string, symbol: string, availableAt: number): string =>
    `delete from vectors;
     insert into vectors (rowid, embedding, symbol, available_at)
     values (1, '${embedding}', '${symbol}', ${availableAt})`;
  const body = (text: string) => `update situations set body = replace(body, ${text})`;
  it.each([
    ['its action', body(`'"long"', '"short"'`)],
    ['its outcome', body(`'"outcome":null', '"outcome":900000'`)],
    ['its shape', `update situations set body = '{}'`],
    ['no JSON', `update situations set body = 'x'`],
    ['its seal', `update situations set hash = 'x'`],
    ['its id', `update situations set id = 'z'`],
    ['its vector', indexed('[1, 0, 0, 0.5]', 'BTC/USDT', at(0))],
  ])('%s: refused and counted', (_, sql) => {
    const file = fresh();
    const memory = open(file);
    memory.put(situation('a'), vector(1));
    meddle(file, sql);
    expect(memory.nearest(vector(1), everything)).toEqual([]);
    expect(memory.nearest(vector(1), everything)).toEqual([]);
    expect(memory.tampered).toBe(1);
    memory.close();
  });

  it('an index that moves a situation into the past, or to another symbol, is not believed', () => {
    const file = fresh();
    const memory = open(file);
    memory.put(situation('a', { availableAt: at(500) }), vector(1));
    meddle(file, indexed('[1, 0, 0, 0]', 'ETH/USDT', at(0)));
    expect(memory.nearest(vector(1), { ...everything, asOf: at(100) })).toEqual([]);
    expect(memory.nearest(vector(1), { ...everything, symbol: 'ETH/USDT' })).toEqual([]);
    expect(memory.tampered).toBe(1);
    memory.close();
  });

  it('learns nothing', () => {
    const file = fresh();
    const memory = open(file);
    memory.put(situation('a'), vector(1));
    meddle(file, body(`'"long"', '"short"'`));
    memory.learn('a', 1 as Ppm, at(20));
    expect(memory.tampered).toBe(1);
    memory.close();
  });

  it('leaves the others as they are', () => {
    const file = fresh();
    const memory = open(file);
    memory.put(situation('a'), vector(1));
    memory.put(situation('b'), vector(2));
    meddle(file, `update situations set hash = 'x' where id = 'a'`);
    expect(memory.nearest(vector(1), everything)).toMatchObject([{ situation: { id: 'b' } }]);
    memory.close();
  });
});
