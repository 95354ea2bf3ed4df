/** What the desks' tools may reach in the running house: its own eyes, the gate's standing, the desks' diary and memory. */
import type { Price, SpanMs, TimeMs } from '#firewall';
import type { DataDir } from '../infra/data-dir.ts';
import { moveFor, type DeskDiary, type DiaryRow } from '../infra/desk-diary.ts';
import { readSnapshot } from '../infra/snapshot-file.ts';
import type {
  AccountReader,
  AccountSummary,
  MarketReader,
  PastDecision,
  SituationMemory,
} from '../tools/contract.ts';
import { snapshotFiles, standingCodec, type Standing } from './snapshots.ts';

/** A standing that the gate has not renewed for this long says nothing any more. */
const STANDING_OLD_MS = 3_000;
/** Several desks that look at one moment read the file once. */
const STANDING_READ_MS = 100;

/** Enough for the longest decision: what was known when it began can still be asked for when it ends. */
const STANDINGS_KEPT = 1_000;

/** The gate's standing as of a moment, or null while nobody keeps it. */
export type Standings = (asOf: TimeMs) => Standing | null;

/** The gate's standings as they come; one that was not there yet at a moment is not given as of it. */
export function standingsOf(dir: DataDir, now: () => TimeMs): Standings {
  const { standing } = snapshotFiles(dir);
  const known: Standing[] = [];
  let readAt = -Infinity;
  const read = (): void => {
    const at = now();
    if (at >= readAt && at - readAt < STANDING_READ_MS) return;
    readAt = at;
    const next = readSnapshot(standing, standingCodec);
    if (next === null || next.at === known.at(-1)?.at) return;
    // A clock that was set back makes another past.
    while ((known.at(-1)?.at ?? -Infinity) > next.at) known.pop();
    known.push(next);
    known.splice(0, known.length - STANDINGS_KEPT);
  };
  return (asOf) => {
    read();
    const last = known.findLast(({ at }) => at <= asOf);
    return last === undefined || asOf - last.at > STANDING_OLD_MS ? null : last;
  };
}

export const summaryOf = (standing: Standing): AccountSummary => ({
  at: standing.at,
  version: standing.version,
  equity: standing.equity,
  cash: standing.cash,
  state: standing.state,
  positions: standing.positions.map(({ leave, ...position }) => ({
    ...position,
    leave: leave !== null,
  })),
  working: standing.working,
});

export function midAt(market: MarketReader, symbol: string, asOf: TimeMs): Price | null {
  const book = market.view(symbol, asOf, [])?.book ?? null;
  const [bid, ask] = [book?.bids[0]?.price, book?.asks[0]?.price];
  return bid === undefined || ask === undefined ? null : (((bid + ask) / 2n) as Price);
}

/** The account as a desk may know it, and the desk's own past with how the market moved since. */
export function accountReader(
  standings: Standings,
  diary: DeskDiary,
  market: MarketReader,
): AccountReader {
  return {
    account(asOf) {
      const standing = standings(asOf);
      return standing === null ? null : summaryOf(standing);
    },
    recent: (desk, asOf, count) =>
      diary.recent(desk, asOf, count).map((row): PastDecision => ({
        id: row.id,
        at: row.at,
        symbol: row.symbol,
        action: row.action,
        verdict: row.verdict,
        code: row.code,
        outcome: row.outcome ?? runningOutcome(row, market, asOf),
      })),
  };
}

/** Until its horizon is over, a decision is worth what the market has moved so far. */
function runningOutcome({ side, mid, symbol }: DiaryRow, market: MarketReader, asOf: TimeMs) {
  const now = midAt(market, symbol, asOf);
  return side === null || mid === null || now === null ? null : moveFor(side, mid, now);
}

const BAR_MS = 60_000 as SpanMs;
const BARS = 1_500;
/** So soon after the horizon the middle price of now is that of then. */
const PROMPT_MS = 60_000;
const LATE_MS_MAX = (20 * 3_600_000) as SpanMs;
const SETTLED_AT_ONCE = 50;

/** Looks up what became of decisions whose horizon is over; a desk that was away finds it in the bars. */
export function settleOutcomes(
  {
    market,
    diary,
    memory,
  }: Readonly<{
    market: MarketReader;
    diary: DeskDiary;
    memory: SituationMemory | null;
  }>,
  now: TimeMs,
): number {
  let settled = 0;
  for (const row of diary.unsettled(now, LATE_MS_MAX, SETTLED_AT_ONCE)) {
    const { id, side, mid, symbol } = row;
    const due = row.at + row.horizonMs;
    const then =
      now - due <= PROMPT_MS ? midAt(market, symbol, now) : closeAt(market, { symbol, due, now });
    if (side === null || mid === null || then === null) continue;
    const outcome = moveFor(side, mid, then);
    diary.settle(id, outcome, now);
    memory?.learn(id, outcome, now);
    settled += 1;
  }
  return settled;
}

type Due = Readonly<{ symbol: string; due: number; now: TimeMs }>;

function closeAt(market: MarketReader, { symbol, due, now }: Due): Price | null {
  const bars = market.candles(symbol, BAR_MS, now, BARS);
  const bar = bars.findLast((each) => each.closeAt <= due);
  return bar === undefined || due - bar.closeAt > 2 * BAR_MS ? null : bar.close;
}
