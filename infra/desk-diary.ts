/** What each desk decided, how it was judged, and how the market moved since: a desk's own memory of its past. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import * as f from '#firewall';
import type { PastDecision } from '../tools/contract.ts';

const VERSION = 1;
const BUSY_MS = 2_000;
/** Of each desk; older ones are in the ledger, where they were proposals. */
const KEPT = 5_000;

export type DiaryEntry = Readonly<{
  /** Of the proposal, where there is one. */
  id: string;
  desk: string;
  at: f.TimeMs;
  symbol: string;
  action: PastDecision['action'];
  /** What the decision was to do; null where it was to do nothing. */
  side: f.Side | null;
  mid: f.Price | null;
  horizonMs: f.SpanMs;
  transcript: f.Hash | null;
  /** Why nothing was proposed, and later the first reason of a refusal. */
  code: string | null;
}>;

export type DiaryRow = DiaryEntry &
  Readonly<{
    verdict: PastDecision['verdict'];
    /** In the favour of the side, once the horizon is over. */
    outcome: f.Ppm | null;
  }>;

const VERDICTS: readonly PastDecision['verdict'][] = ['approved', 'held', 'refused', 'none'];
const rowCodec: f.Codec<DiaryRow> = f.record<DiaryRow>({
  id: f.name,
  desk: f.name,
  at: f.time,
  symbol: f.symbolName,
  action: f.name,
  side: f.nullable(f.oneOf(f.SIDES)),
  mid: f.nullable(f.fixed<f.Price>(1n)),
  horizonMs: f.integer<f.SpanMs>(0),
  transcript: f.nullable(f.hash),
  code: f.nullable(f.name),
  verdict: f.oneOf(VERDICTS),
  outcome: f.nullable(f.integer<f.Ppm>()),
});

const SHAPE = `
CREATE TABLE IF NOT EXISTS decisions (
  id TEXT PRIMARY KEY, desk TEXT NOT NULL, at INTEGER NOT NULL, symbol TEXT NOT NULL,
  action TEXT NOT NULL, side TEXT, mid TEXT, horizonMs INTEGER NOT NULL, transcript TEXT, code TEXT,
  verdict TEXT NOT NULL DEFAULT 'none', judgedAt INTEGER, outcome INTEGER, outcomeAt INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS newest ON decisions (desk, at);
CREATE INDEX IF NOT EXISTS unsettled ON decisions (at) WHERE outcome IS NULL AND side IS NOT NULL;
`;

export class DiaryError extends Error {
  readonly code: 'DIARY_UNREADABLE' | 'DIARY_VERSION_UNKNOWN';
  readonly retryable = false;
  constructor(code: DiaryError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DiaryError';
    this.code = code;
  }
}

/** What was not known yet at that moment is as if it had not happened. */
const COLUMNS = `id, desk, at, symbol, action, side, mid, horizonMs, transcript,
  CASE WHEN judgedAt IS NULL OR judgedAt <= :asOf THEN code END AS code,
  CASE WHEN judgedAt <= :asOf THEN verdict ELSE 'none' END AS verdict,
  CASE WHEN outcomeAt <= :asOf THEN outcome END AS outcome`;

export class DeskDiary {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    try {
      // Another process may be opening it at this very moment.
      this.#database = new DatabaseSync(file, { timeout: BUSY_MS });
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      const found = this.#database.prepare('PRAGMA user_version').get()?.['user_version'];
      if (found !== 0 && found !== VERSION)
        throw new DiaryError(
          'DIARY_VERSION_UNKNOWN',
          `${file} is of version ${String(found)}, this is ${VERSION}`,
        );
      this.#database.exec(`${SHAPE} PRAGMA user_version = ${VERSION};`);
    } catch (error) {
      if (error instanceof DiaryError) throw error;
      throw new DiaryError('DIARY_UNREADABLE', `${file} cannot be used as a diary`, error);
    }
  }

  write(entry: DiaryEntry): void {
    const { mid, ...rest } = entry;
    this.#database
      .prepare(
        `INSERT OR IGNORE INTO decisions (id, desk, at, symbol, action, side, mid, horizonMs, transcript, code)
         VALUES (:id, :desk, :at, :symbol, :action, :side, :mid, :horizonMs, :transcript, :code)`,
      )
      .run({ ...rest, mid: mid === null ? null : f.formatFixed(mid) });
    this.#database
      .prepare(
        `DELETE FROM decisions WHERE desk = :desk AND at <
         (SELECT at FROM decisions WHERE desk = :desk ORDER BY at DESC LIMIT 1 OFFSET ${KEPT - 1})`,
      )
      .run({ desk: entry.desk });
  }

  judged(
    id: string,
    { verdict, code, at }: Readonly<Pick<PastDecision, 'verdict' | 'code' | 'at'>>,
  ): void {
    this.#database
      .prepare(
        'UPDATE decisions SET verdict = :verdict, code = :code, judgedAt = :at WHERE id = :id',
      )
      .run({ id, verdict, code, at });
  }

  settle(id: string, outcome: f.Ppm, at: f.TimeMs): void {
    this.#database
      .prepare('UPDATE decisions SET outcome = :outcome, outcomeAt = :at WHERE id = :id')
      .run({ id, outcome, at });
  }

  /** A desk's own latest decisions as they were known at that moment, newest first. */
  recent(desk: string, asOf: f.TimeMs, count: number): readonly DiaryRow[] {
    return this.#rows(
      `SELECT ${COLUMNS} FROM decisions WHERE desk = :desk AND at <= :asOf
       ORDER BY at DESC, id LIMIT :count`,
      { desk, asOf, count },
    );
  }

  /** Decisions to act whose horizon is over, though not for long, and whose outcome nobody has looked up. */
  unsettled(asOf: f.TimeMs, lateMsMax: f.SpanMs, count: number): readonly DiaryRow[] {
    return this.#rows(
      `SELECT ${COLUMNS} FROM decisions
       WHERE outcome IS NULL AND side IS NOT NULL AND mid IS NOT NULL
         AND at + horizonMs BETWEEN :asOf - :lateMsMax AND :asOf
       ORDER BY at LIMIT :count`,
      { asOf, lateMsMax, count },
    );
  }

  close(): void {
    this.#database.close();
  }

  #rows(query: string, values: Record<string, SQLInputValue>): readonly DiaryRow[] {
    return this.#database
      .prepare(query)
      .all(values)
      .map((row) => {
        const decoded = f.decode(rowCodec, { ...row });
        if (decoded.ok) return decoded.value;
        throw new DiaryError('DIARY_UNREADABLE', `${decoded.at}: want ${decoded.want}`);
      });
  }
}

/** The move from one middle price to another in the favour of a side, in millionths. */
export function moveFor(side: f.Side, from: f.Price, to: f.Price): f.Ppm {
  const move = Number(((to - from) * 1_000_000n) / from);
  return (side === 'buy' ? move : move === 0 ? 0 : -move) as f.Ppm;
}
