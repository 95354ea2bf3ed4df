/** The file that checkpoints lie in: its schema, its version, and its rows as they are read back. */
import { DatabaseSync } from 'node:sqlite';

export const CHECKPOINT_CODES = [
  'CHECKPOINTS_UNREADABLE',
  'CHECKPOINTS_OTHER_VERSION',
  'CHECKPOINTS_NOT_OURS',
  'CHECKPOINT_UNWRITTEN',
  'CHECKPOINT_UNADDRESSED',
] as const;
export type CheckpointCode = (typeof CHECKPOINT_CODES)[number];

export class CheckpointError extends Error {
  readonly code: CheckpointCode;
  readonly retryable: boolean;
  constructor(code: CheckpointCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CheckpointError';
    this.code = code;
    this.retryable = code === 'CHECKPOINT_UNWRITTEN';
  }
}

const VERSION = 1;
/** "AirC": the mark by which the file says whose it is. */
const APPLICATION = 0x41697243;
const BUSY_MS = 5_000;

const SCHEMA = `
  CREATE TABLE checkpoints (
    thread TEXT NOT NULL, space TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, at INTEGER NOT NULL,
    type TEXT NOT NULL, body BLOB NOT NULL, held TEXT NOT NULL,
    metadata_type TEXT NOT NULL, metadata BLOB NOT NULL,
    PRIMARY KEY (thread, space, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE blobs (
    thread TEXT NOT NULL, hash TEXT NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (thread, hash)) STRICT, WITHOUT ROWID;
  CREATE TABLE writes (
    thread TEXT NOT NULL, space TEXT NOT NULL, id TEXT NOT NULL, task TEXT NOT NULL, idx INTEGER NOT NULL,
    path TEXT NOT NULL, channel TEXT NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (thread, space, id, task, idx)) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`;

/** Opens the file, or makes it; a file of another version or of somebody else is left as it is. */
export function openCheckpoints(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_MS, enableForeignKeyConstraints: false });
  try {
    prepare(db);
    return db;
  } catch (cause) {
    db.close();
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(
      'CHECKPOINTS_UNREADABLE',
      'the file of checkpoints cannot be read',
      cause,
    );
  }
}

function prepare(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('BEGIN IMMEDIATE');
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (version === 0 && application === 0 && tables === 0) db.exec(SCHEMA);
  else if (application !== APPLICATION)
    throw new CheckpointError('CHECKPOINTS_NOT_OURS', 'the file is another program’s database');
  else if (version !== VERSION)
    throw new CheckpointError(
      'CHECKPOINTS_OTHER_VERSION',
      `the file is of version ${version}, this program writes ${VERSION}`,
    );
  db.exec('COMMIT');
}

const pragma = (db: DatabaseSync, name: 'user_version' | 'application_id'): number =>
  Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);

type Row = Readonly<Record<string, unknown>>;
/** Channel to the hash of its value: a value that did not change is stored once. */
export type Held = Readonly<Record<string, string>>;

export type CheckpointRow = Readonly<{
  thread: string;
  space: string;
  id: string;
  parent: string | null;
  type: string;
  body: Uint8Array;
  held: Held;
  metadataType: string;
  metadata: Uint8Array;
}>;

export const checkpointRow = (row: Row): CheckpointRow => ({
  thread: text(row, 'thread'),
  space: text(row, 'space'),
  id: text(row, 'id'),
  parent: row['parent'] === null ? null : text(row, 'parent'),
  type: text(row, 'type'),
  body: bytes(row, 'body'),
  held: JSON.parse(text(row, 'held')) as Held,
  metadataType: text(row, 'metadata_type'),
  metadata: bytes(row, 'metadata'),
});

export const blobRow = (row: Row): Readonly<{ type: string; value: Uint8Array }> => ({
  type: text(row, 'type'),
  value: bytes(row, 'value'),
});

export type WriteRow = Readonly<{
  task: string;
  index: number;
  path: string;
  channel: string;
  type: string;
  value: Uint8Array;
}>;

export const writeRow = (row: Row): WriteRow => ({
  task: text(row, 'task'),
  index: Number(row['idx']),
  path: text(row, 'path'),
  channel: text(row, 'channel'),
  type: text(row, 'type'),
  value: bytes(row, 'value'),
});

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new CheckpointError('CHECKPOINTS_UNREADABLE', `${column} of a checkpoint is no text`);
}

function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new CheckpointError('CHECKPOINTS_UNREADABLE', `${column} of a checkpoint is no bytes`);
}
