/** The memory of past situations: one SQLite file with a vector index, asked only for what was there at a moment. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { getLoadablePath } from 'sqlite-vec';
import {
  assert,
  decode,
  decodeText,
  hashText,
  textOf,
  type Codec,
  type Ppm,
  type TimeMs,
} from '#firewall';
import type { Recalled, Situation, SituationMemory } from '../tools/contract.ts';

export const MEMORY_CODES = [
  'MEMORY_UNREADABLE',
  'MEMORY_VERSION_UNKNOWN',
  'MEMORY_MODEL_CHANGED',
  'MEMORY_VECTOR_UNFIT',
  'MEMORY_FAILED',
] as const;

/** The memory cannot be used. A desk goes on without it. */
export class MemoryError extends Error {
  readonly code: (typeof MEMORY_CODES)[number];
  readonly retryable = false;
  constructor(code: MemoryError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MemoryError';
    this.code = code;
  }
}

export type MemoryOptions = Readonly<{
  /** One file, or `:memory:`. */
  file: string;
  /** Whose vectors these are, and how long they are. Vectors of two makers are never compared. */
  maker: Readonly<{ id: string; dimensions: number }>;
  codec: Codec<Situation>;
}>;

const VERSION = '1';
/** How long one process waits for another that writes. */
const BUSY_MS = 2_000;
const NEAREST_MAX = 1_000;
const BODY_MAX = 100_000;

/** Opens the file, and makes it where there is none. */
export function openVectorMemory(options: MemoryOptions): VectorMemory {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(options.file, { allowExtension: true, timeout: BUSY_MS });
    db.loadExtension(getLoadablePath());
    db.enableLoadExtension(false);
    db.exec('pragma journal_mode = wal; pragma synchronous = full');
    agree(db, options);
    return new VectorMemory(db, options);
  } catch (error) {
    db?.close();
    if (error instanceof MemoryError) throw error;
    throw new MemoryError('MEMORY_UNREADABLE', 'the memory file cannot be opened', error);
  }
}

/** A new file takes down whose it is; an old one says so. Of two processes that find it new, one makes it. */
function agree(db: DatabaseSync, { maker: { id, dimensions } }: MemoryOptions): void {
  assert(Number.isInteger(dimensions) && dimensions > 0, 'a vector has at least one dimension');
  db.exec('begin immediate');
  if (db.prepare('select count(*) as n from sqlite_schema').get()?.['n'] === 0) {
    db.exec(`
      create table about (key text primary key, value text not null) strict;
      create table situations (
        seq integer primary key, id text not null unique, body text not null, hash text not null
      ) strict;
      create virtual table vectors using vec0(
        embedding float[${dimensions}], symbol text partition key, available_at integer
      );`);
    const put = db.prepare('insert into about (key, value) values (?, ?)');
    put.run('version', VERSION);
    put.run('maker', id);
    put.run('dimensions', String(dimensions));
  }
  db.exec('commit');
  const said = new Map(
    db
      .prepare('select key, value from about')
      .all()
      .map((row) => [row['key'], row['value']]),
  );
  if (said.get('version') !== VERSION)
    throw new MemoryError('MEMORY_VERSION_UNKNOWN', 'the memory file is of another version');
  if (said.get('maker') !== id || said.get('dimensions') !== String(dimensions))
    throw new MemoryError(
      'MEMORY_MODEL_CHANGED',
      `the memory holds vectors of ${String(said.get('maker'))}, not of ${id}; move the file away to begin anew`,
    );
}

type Row = Readonly<Record<string, unknown>>;

export class VectorMemory implements SituationMemory {
  readonly #db: DatabaseSync;
  readonly #codec: Codec<Situation>;
  readonly #dimensions: number;
  readonly #statements;
  readonly #refused = new Set<string>();

  constructor(db: DatabaseSync, { codec, maker }: MemoryOptions) {
    this.#db = db;
    this.#codec = codec;
    this.#dimensions = maker.dimensions;
    this.#statements = statementsOf(db);
  }

  /** Rows that were met and not believed, because they are not what was written. */
  get tampered(): number {
    return this.#refused.size;
  }

  /** The first record under an id stands: the past is not written twice. */
  put(situation: Situation, vector: Float32Array): void {
    assert(decode(this.#codec, this.#codec.write(situation)).ok, 'a situation is well-formed');
    this.#assertFit(vector);
    const body = textOf(this.#codec, situation);
    const { byId, insert, insertVector } = this.#statements;
    this.#within(() => {
      if (byId.get(situation.id) !== undefined) return;
      const bytes = bytesOf(vector);
      const { lastInsertRowid } = insert.run(situation.id, body, sealOf(body, bytes));
      insertVector.run(
        BigInt(lastInsertRowid),
        bytes,
        situation.symbol,
        BigInt(situation.availableAt),
      );
    });
  }

  /** What came of it. The first outcome stands, and one of an unknown situation is nobody's. */
  learn(id: string, outcome: Ppm, at: TimeMs): void {
    const { byId, vectorOf, update } = this.#statements;
    this.#within(() => {
      const row = byId.get(id);
      const bytes = row === undefined ? undefined : vectorOf.get(BigInt(Number(row['seq'])));
      const situation = row === undefined ? null : this.#read(row, bytes?.['embedding']);
      if (row === undefined || situation === null || situation.outcome !== null) return;
      assert(at >= situation.availableAt, 'an outcome comes after its situation');
      const body = textOf(this.#codec, { ...situation, outcome, outcomeAt: at });
      update.run(body, sealOf(body, bytes?.['embedding']), BigInt(Number(row['seq'])));
    });
  }

  nearest(
    vector: Float32Array,
    { asOf, count, symbol }: Parameters<SituationMemory['nearest']>[1],
  ): readonly Recalled[] {
    this.#assertFit(vector);
    if (count <= 0) return [];
    const { near, nearOf } = this.#statements;
    const asked = [bytesOf(vector), BigInt(Math.min(count, NEAREST_MAX)), BigInt(asOf)] as const;
    const rows = this.#spared(() =>
      symbol === null ? near.all(...asked) : nearOf.all(...asked, symbol),
    );
    return rows.flatMap((row): Recalled[] => {
      const situation = this.#read(row, row['embedding']);
      if (situation === null) return [];
      // What the index says of a row is believed no more than the row.
      if (situation.availableAt > asOf || (symbol !== null && situation.symbol !== symbol)) {
        this.#refused.add(situation.id);
        return [];
      }
      return [{ situation: asKnown(situation, asOf), distance: Number(row['distance']) }];
    });
  }

  count(): number {
    return Number(this.#statements.count.get()?.['n']);
  }

  close(): void {
    this.#db.close();
  }

  #read(row: Row, vector: unknown): Situation | null {
    const { id, body, hash } = row;
    const decoded = decodeText(this.#codec, body, BODY_MAX);
    const whole = typeof body === 'string' && sealOf(body, vector) === hash;
    if (whole && decoded.ok && decoded.value.id === id) return decoded.value;
    this.#refused.add(String(id));
    return null;
  }

  #assertFit(vector: Float32Array): void {
    if (vector.length !== this.#dimensions || vector.some((value) => !Number.isFinite(value)))
      throw new MemoryError('MEMORY_VECTOR_UNFIT', `not ${this.#dimensions} finite numbers`);
  }

  #within(work: () => void): void {
    this.#spared(() => {
      this.#db.exec('begin immediate');
      try {
        work();
        this.#db.exec('commit');
      } finally {
        if (this.#db.isTransaction) this.#db.exec('rollback');
      }
    });
  }

  /** SQLite's own failures under a name of ours. */
  #spared<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof Error && 'errcode' in error)
        throw new MemoryError('MEMORY_FAILED', 'the memory file failed', error);
      throw error;
    }
  }
}

type Statements = Readonly<
  Record<
    'byId' | 'insert' | 'insertVector' | 'vectorOf' | 'update' | 'near' | 'nearOf' | 'count',
    StatementSync
  >
>;

const NEAR = `select s.seq, s.id, s.body, s.hash, v.embedding, v.distance
  from vectors v join situations s on s.seq = v.rowid
  where v.embedding match ? and v.k = ? and v.available_at <= ?`;

function statementsOf(db: DatabaseSync): Statements {
  return {
    byId: db.prepare('select seq, id, body, hash from situations where id = ?'),
    insert: db.prepare('insert into situations (id, body, hash) values (?, ?, ?)'),
    insertVector: db.prepare(
      'insert into vectors (rowid, embedding, symbol, available_at) values (?, ?, ?, ?)',
    ),
    vectorOf: db.prepare('select embedding from vectors where rowid = ?'),
    update: db.prepare('update situations set body = ?, hash = ? where seq = ?'),
    near: db.prepare(`${NEAR} order by v.distance, s.seq`),
    nearOf: db.prepare(`${NEAR} and v.symbol = ? order by v.distance, s.seq`),
    count: db.prepare('select count(*) as n from situations'),
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Binds a record to its vector, so that neither can be exchanged alone. It finds accidents and clumsy hands, not a forger. */
const sealOf = (body: string, vector: unknown): string =>
  hashText(
    `${body}\n${vector instanceof Uint8Array ? Buffer.from(vector).toString('base64') : ''}`,
  );

/** An outcome that came later is not known yet. */
const asKnown = (situation: Situation, asOf: TimeMs): Situation =>
  situation.outcomeAt !== null && situation.outcomeAt > asOf
    ? { ...situation, outcome: null, outcomeAt: null }
    : situation;
