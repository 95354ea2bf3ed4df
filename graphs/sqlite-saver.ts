/** A durable checkpointer on SQLite: where a run of a graph stands, so that a killed process goes on where it was. */
import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { RunnableConfig } from '@langchain/core/runnables';
import {
  BaseCheckpointSaver,
  compareWritesSortKeys,
  copyCheckpoint,
  getCheckpointId,
  maxChannelVersion,
  TASKS,
  WRITES_IDX_MAP,
  writesSortKey,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  type PendingWrite,
} from '@langchain/langgraph-checkpoint';
import type { TimeMs } from '#firewall';
import {
  blobRow,
  CheckpointError,
  checkpointRow,
  openCheckpoints,
  writeRow,
  type CheckpointRow,
  type Held,
} from './checkpoint-file.ts';
import { meets, needed, textIn } from './checkpoint-place.ts';

type Place = Readonly<{ thread: string; space: string; id: string }>;
type Blob = Readonly<{ hash: string; type: string; value: Uint8Array }>;

export class SqliteSaver extends BaseCheckpointSaver {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    super();
    this.#db = openCheckpoints(file);
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const thread = textIn(config, 'thread_id');
    if (thread === undefined) return undefined;
    const space = textIn(config, 'checkpoint_ns') ?? '';
    const id = getCheckpointId(config);
    const row = this.#db
      .prepare(
        `SELECT * FROM checkpoints WHERE thread = ? AND space = ? AND (? = '' OR id = ?)
         ORDER BY id DESC LIMIT 1`,
      )
      .get(thread, space, id, id);
    return row === undefined ? undefined : this.#tuple(checkpointRow(row));
  }

  override async *list(
    config: RunnableConfig,
    { limit, before, filter }: CheckpointListOptions = {},
  ): AsyncGenerator<CheckpointTuple> {
    const rows = this.#db
      .prepare(
        `SELECT * FROM checkpoints
         WHERE (:thread IS NULL OR thread = :thread) AND (:space IS NULL OR space = :space)
           AND (:id IS NULL OR id = :id) AND (:before IS NULL OR id < :before)
         ORDER BY id DESC`,
      )
      .all({
        thread: textIn(config, 'thread_id') ?? null,
        space: textIn(config, 'checkpoint_ns') ?? null,
        id: textIn(config, 'checkpoint_id') ?? null,
        before: (before === undefined ? undefined : textIn(before, 'checkpoint_id')) ?? null,
      })
      .map(checkpointRow);
    let left = limit ?? Infinity;
    for (const row of rows) {
      if (left <= 0) return;
      const metadata = (await this.#read(row.metadataType, row.metadata)) as CheckpointMetadata;
      if (!meets(metadata, filter)) continue;
      left -= 1;
      yield await this.#tuple(row);
    }
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const thread = needed(config, 'thread_id');
    const space = textIn(config, 'checkpoint_ns') ?? '';
    const parent = textIn(config, 'checkpoint_id');
    const { channel_values: values, ...rest } = copyCheckpoint(checkpoint);
    const inherited =
      parent === undefined ? null : await this.#inherited({ thread, space, id: parent });
    const held: Record<string, string> = {};
    const blobs: Blob[] = [];
    for (const [channel, value] of Object.entries(values)) {
      const same = inherited?.versions[channel] === checkpoint.channel_versions[channel];
      const known = same ? inherited?.held[channel] : undefined;
      if (known !== undefined && !Object.hasOwn(newVersions, channel)) held[channel] = known;
      else if (Object.hasOwn(newVersions, channel) || (inherited !== null && !same)) {
        const blob = await this.#blob(value);
        blobs.push(blob);
        held[channel] = blob.hash;
      }
    }
    const [type, body] = await this.serde.dumpsTyped(rest);
    const [metadataType, meta] = await this.serde.dumpsTyped(metadata);
    this.#transaction(() => {
      for (const blob of blobs)
        this.#db
          .prepare('INSERT OR IGNORE INTO blobs VALUES (?, ?, ?, ?)')
          .run(thread, blob.hash, blob.type, blob.value);
      this.#db
        .prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          thread,
          space,
          checkpoint.id,
          parent ?? null,
          Date.parse(checkpoint.ts),
          type,
          body,
          JSON.stringify(held),
          metadataType,
          meta,
        );
    });
    return {
      configurable: { thread_id: thread, checkpoint_ns: space, checkpoint_id: checkpoint.id },
    };
  }

  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath = '',
  ): Promise<void> {
    const thread = needed(config, 'thread_id');
    const id = needed(config, 'checkpoint_id');
    const space = textIn(config, 'checkpoint_ns') ?? '';
    const dumped = await Promise.all(
      writes.map(async ([channel, value], index) => ({
        channel,
        index: WRITES_IDX_MAP[channel] ?? index,
        typed: await this.serde.dumpsTyped(value),
      })),
    );
    this.#transaction(() => {
      for (const { channel, index, typed } of dumped)
        this.#db
          // A result stands as it was first written; an error or an answer of a person is the latest one.
          .prepare(
            `INSERT OR ${index < 0 ? 'REPLACE' : 'IGNORE'} INTO writes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(thread, space, id, taskId, index, taskPath, channel, ...typed);
    });
  }

  override async deleteThread(thread: string): Promise<void> {
    this.#transaction(() => this.#delete(thread));
  }

  /** Threads whose last checkpoint is older than `before`, and all but the `keep` latest; how many went. */
  prune({ before, keep }: Readonly<{ before: TimeMs | null; keep: number | null }>): number {
    const old = this.#threads().filter(
      ({ at }, index) => (before !== null && at < before) || (keep !== null && index >= keep),
    );
    this.#transaction(() => {
      for (const { thread } of old) this.#delete(thread);
    });
    return old.length;
  }

  /** The latest first. */
  threads(): readonly string[] {
    return this.#threads().map(({ thread }) => thread);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #threads(): readonly Readonly<{ thread: string; at: number }>[] {
    return this.#db
      .prepare('SELECT thread, max(at) AS at FROM checkpoints GROUP BY thread ORDER BY at DESC')
      .all()
      .map((row) => ({ thread: String(row['thread']), at: Number(row['at']) }));
  }

  #delete(thread: string): void {
    for (const table of ['checkpoints', 'blobs', 'writes'])
      this.#db.prepare(`DELETE FROM ${table} WHERE thread = ?`).run(thread);
  }

  #transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (cause) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw new CheckpointError('CHECKPOINT_UNWRITTEN', 'a checkpoint could not be written', cause);
    }
  }

  async #blob(value: unknown): Promise<Blob> {
    const [type, bytes] = await this.serde.dumpsTyped(value);
    return {
      hash: hash('sha256', Buffer.concat([Buffer.from(`${type}\0`), bytes])),
      type,
      value: bytes,
    };
  }

  async #inherited(
    place: Place,
  ): Promise<Readonly<{ held: Held; versions: ChannelVersions }> | null> {
    const found = this.#db
      .prepare('SELECT * FROM checkpoints WHERE thread = ? AND space = ? AND id = ?')
      .get(place.thread, place.space, place.id);
    if (found === undefined) return null;
    const row = checkpointRow(found);
    const { channel_versions: versions } = (await this.#read(row.type, row.body)) as Checkpoint;
    return { held: row.held, versions };
  }

  async #tuple(row: CheckpointRow): Promise<CheckpointTuple> {
    const { thread, space, id, parent } = row;
    const values: Record<string, unknown> = {};
    for (const [channel, blob] of Object.entries(row.held))
      values[channel] = await this.#value(thread, blob);
    const checkpoint: Checkpoint = {
      ...((await this.#read(row.type, row.body)) as Omit<Checkpoint, 'channel_values'>),
      channel_values: values,
    };
    if (checkpoint.v < 4 && parent !== null)
      await this.#migrateSends(checkpoint, { thread, space, id: parent });
    const at = (checkpointId: string): RunnableConfig => ({
      configurable: { thread_id: thread, checkpoint_ns: space, checkpoint_id: checkpointId },
    });
    return {
      config: at(id),
      checkpoint,
      metadata: (await this.#read(row.metadataType, row.metadata)) as CheckpointMetadata,
      pendingWrites: await this.#writes({ thread, space, id }),
      ...(parent === null ? {} : { parentConfig: at(parent) }),
    };
  }

  async #value(thread: string, wanted: string): Promise<unknown> {
    const row = this.#db
      .prepare('SELECT type, value FROM blobs WHERE thread = ? AND hash = ?')
      .get(thread, wanted);
    if (row === undefined)
      throw new CheckpointError('CHECKPOINTS_UNREADABLE', 'a value of a checkpoint is missing');
    const { type, value } = blobRow(row);
    return this.#read(type, value);
  }

  async #writes({ thread, space, id }: Place): Promise<CheckpointPendingWrite[]> {
    const rows = this.#db
      .prepare('SELECT * FROM writes WHERE thread = ? AND space = ? AND id = ?')
      .all(thread, space, id)
      .map(writeRow)
      .toSorted((a, b) =>
        compareWritesSortKeys(
          writesSortKey(a.path, a.task, a.index),
          writesSortKey(b.path, b.task, b.index),
        ),
      );
    return Promise.all(
      rows.map(async ({ task, channel, type, value }): Promise<CheckpointPendingWrite> => [
        task,
        channel,
        await this.#read(type, value),
      ]),
    );
  }

  /** Before version 4 the sends of a step were kept with its parent. */
  async #migrateSends(checkpoint: Checkpoint, parent: Place): Promise<void> {
    const sends = (await this.#writes(parent)).filter(([, channel]) => channel === TASKS);
    checkpoint.channel_values[TASKS] = sends.map(([, , value]) => value);
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  async #read(type: string, bytes: Uint8Array): Promise<unknown> {
    return this.serde.loadsTyped(type, bytes) as Promise<unknown>;
  }
}
