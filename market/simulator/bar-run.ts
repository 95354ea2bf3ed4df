/** Runs the hidden truth in coarse steps and gives bars only: for warm-up history and for long price series. */
import type { SpanMs } from '#firewall';
import type { Candle } from '../contract.ts';
import type { Frame, PriceProcess } from './price-process.ts';
import type { Outline, Tape } from './tape.ts';

export type Bar = Readonly<{
  closeAt: number;
  candles: readonly Candle[];
  /** The frames inside the bar, for their news. */
  frames: readonly Frame[];
}>;

/** Price points inside a bar: enough for an honest high and low. */
const POINTS_MIN = 6;
const POINT_MS_MAX = 60_000;

type Raw = Readonly<{ outlines: readonly Outline[]; frames: readonly Frame[] }>;
type Run = Readonly<{ from: number; count: number; timeframeMs: SpanMs; leaks: boolean }>;

export function* runBars(
  process: PriceProcess,
  tapes: readonly Tape[],
  { from, count, timeframeMs, leaks }: Run,
): Generator<Bar> {
  let closes = tapes.map(() => 0);
  let held: Raw | null = null;
  for (let index = 0; index < count; index += 1) {
    const openAt = from + index * timeframeMs;
    const raw = runBar(process, tapes, { openAt, timeframeMs, closes });
    closes = raw.outlines.map((outline) => outline.close);
    if (!leaks) yield finished(tapes, raw, { timeframeMs, next: null });
    else if (held !== null) yield finished(tapes, held, { timeframeMs, next: raw });
    held = raw;
  }
  if (leaks && held !== null) yield finished(tapes, held, { timeframeMs, next: null });
}

function runBar(
  process: PriceProcess,
  tapes: readonly Tape[],
  bar: Readonly<{ openAt: number; timeframeMs: number; closes: readonly number[] }>,
): Raw {
  const points = Math.max(POINTS_MIN, Math.ceil(bar.timeframeMs / POINT_MS_MAX));
  const frames = Array.from({ length: points }, () => process.step(bar.timeframeMs / points));
  const outlines = tapes.map((tape, index): Outline => {
    const path = frames.map((frame) => tape.mid(frame));
    const close = path.at(-1) ?? 0;
    const before = bar.closes[index] ?? 0;
    const open = before === 0 ? (path[0] ?? close) : before;
    const heat = frames.reduce((sum, frame) => sum + tape.heat(frame), 0) / points;
    return {
      openAt: bar.openAt,
      open,
      high: Math.max(open, ...path),
      low: Math.min(open, ...path),
      close,
      heat,
    };
  });
  return { outlines, frames };
}

function finished(
  tapes: readonly Tape[],
  raw: Raw,
  { timeframeMs, next }: Readonly<{ timeframeMs: SpanMs; next: Raw | null }>,
): Bar {
  const candles: Candle[] = [];
  for (const [index, tape] of tapes.entries()) {
    const outline = raw.outlines[index];
    if (outline === undefined) continue;
    const later = next?.outlines[index];
    const rises = later === undefined ? null : later.close > outline.close;
    candles.push(tape.candle(outline, timeframeMs, rises));
  }
  return { closeAt: candles[0]?.closeAt ?? 0, candles, frames: raw.frames };
}
