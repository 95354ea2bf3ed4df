/** Closed bars of one symbol, given by a feed or built from prints, with volume and volatility as of each close. */
import {
  DAY_MS,
  SCALE,
  type BarState,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
  type TimeMs,
  type Volatility,
  type VolumeStats,
} from '#firewall';
import type { Candle, Print } from './contract.ts';
import { Timeline } from './timeline.ts';

/** What was known at the close of one bar. */
export type BarSnapshot = Readonly<{
  candle: Candle;
  state: BarState;
  volume: VolumeStats;
  /** Null until there are enough returns. */
  realised: Volatility['realised'] | null;
  /** Bars known so far, up to the series' memory. */
  count: number;
}>;

export type BarOptions = Readonly<{
  symbol: string;
  timeframeMs: SpanMs;
  /** Bars that are remembered. */
  memory: number;
  /** Bars in which a missing one counts as a gap. */
  lookback: number;
  /** Nights and weekends are no gaps. */
  sessions: boolean;
}>;

type Forming = {
  openAt: number;
  open: bigint;
  high: bigint;
  low: bigint;
  close: bigint;
  volume: bigint;
  /** No print yet: the prices are the last close, carried. */
  quiet: boolean;
};

const RETURNS_MIN = 20;
const RECENT_MS = 600_000;
const JOIN_SHARE_MAX = 1 / 6;

export class BarSeries {
  readonly timeline: Timeline<BarSnapshot>;
  readonly #options: BarOptions;
  readonly #day: Candle[] = [];
  readonly #returns: number[] = [];
  readonly #opens: number[] = [];
  #squares = 0;
  #dayQty = 0n;
  #dayNotional = 0n;
  #forming: Forming | null = null;
  #last: Candle | null = null;
  /** When anything was last heard of the symbol. */
  #heardAt = -Infinity;
  /** Close of the last bar that was given, not built. */
  #givenTo = -Infinity;

  constructor(options: BarOptions) {
    this.#options = options;
    this.timeline = new Timeline(options.memory);
  }

  /** A finished bar from the feed. One that is not newer than the last is already known and is left as it was. */
  give(candle: Candle, receivedAt: TimeMs): void {
    if (this.#last !== null && candle.openAt < this.#last.closeAt) return;
    if (this.#forming !== null && this.#forming.openAt <= candle.openAt) this.#forming = null;
    this.#givenTo = candle.closeAt;
    this.#close(candle, Math.max(receivedAt, candle.closeAt));
  }

  print(print: Print, receivedAt: TimeMs): void {
    const heardAt = this.#heardAt;
    this.alive(print.at, receivedAt);
    const bar = this.#forming ?? this.#start(print.at, print.price, heardAt);
    if (bar === null || print.at < bar.openAt) return;
    if (bar.quiet) {
      bar.open = bar.high = bar.low = print.price;
      bar.quiet = false;
    }
    if (print.price > bar.high) bar.high = print.price;
    if (print.price < bar.low) bar.low = print.price;
    bar.close = print.price;
    bar.volume += print.qty;
  }

  /** Anything heard of the symbol: closes the bar that is over and marks the present one as watched. */
  alive(at: TimeMs, receivedAt: TimeMs): void {
    const { symbol, timeframeMs } = this.#options;
    const heardAt = this.#heardAt;
    if (at > heardAt) this.#heardAt = at;
    // After a silence as long as a bar nobody knows what the bar missed.
    if (at - heardAt > timeframeMs) this.#forming = null;
    const bar = this.#forming;
    if (bar !== null && at < bar.openAt + timeframeMs) return;
    if (bar !== null) {
      const closeAt = bar.openAt + timeframeMs;
      this.#forming = null;
      this.#close(
        {
          symbol,
          timeframeMs,
          openAt: bar.openAt as TimeMs,
          closeAt: closeAt as TimeMs,
          open: bar.open as Price,
          high: bar.high as Price,
          low: bar.low as Price,
          close: bar.close as Price,
          volume: bar.volume as Qty,
        },
        Math.max(receivedAt, closeAt),
      );
    }
    if (this.#last !== null) this.#start(at, this.#last.close, heardAt);
  }

  /** A bar that we did not watch from its beginning is never built: half a bar is not a bar. */
  #start(at: number, price: Price, heardAt: number): Forming | null {
    const { timeframeMs } = this.#options;
    const openAt = at - (at % timeframeMs);
    const awake = heardAt <= openAt && at - heardAt <= timeframeMs;
    // Whoever was given the bar before and joins soon after its close has missed next to nothing.
    const joined = this.#givenTo === openAt && at - openAt <= timeframeMs * JOIN_SHARE_MAX;
    const watched = at === openAt || awake || joined;
    if (!watched || (this.#last !== null && openAt < this.#last.closeAt)) return null;
    this.#forming = {
      openAt,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: 0n,
      quiet: true,
    };
    return this.#forming;
  }

  #close(candle: Candle, availableAt: number): void {
    const realised = this.#realised(candle);
    const volume = this.#volume(candle);
    this.#last = candle;
    this.#opens.push(candle.openAt);
    if (this.#opens.length > this.#options.lookback) this.#opens.shift();
    const at = Math.max(availableAt, this.timeline.newestAt) as TimeMs;
    this.timeline.push(at, {
      candle,
      state: {
        timeframeMs: candle.timeframeMs,
        closedAt: candle.closeAt,
        closed: true,
        gapsInLookback: this.#gaps(),
      },
      volume,
      realised,
      count: Math.min(this.timeline.size + 1, this.#options.memory),
    });
  }

  #gaps(): number {
    const step = this.#options.timeframeMs;
    let gaps = 0;
    for (let index = 1; index < this.#opens.length; index += 1) {
      const before = this.#opens[index - 1] ?? 0;
      const here = this.#opens[index] ?? 0;
      const overnight =
        this.#options.sessions && Math.floor(before / DAY_MS) !== Math.floor(here / DAY_MS);
      if (!overnight) gaps += Math.round((here - before) / step) - 1;
    }
    return gaps;
  }

  /** Squares of whole-ppm returns stay exact in a rolling sum of safe integers. */
  #realised(candle: Candle): Ppm | null {
    const before = this.#last;
    if (before === null || before.close <= 0n || candle.close <= 0n) return null;
    const step = this.#options.timeframeMs;
    const window = Math.max(RETURNS_MIN, Math.round(DAY_MS / step));
    const ratio = Number(candle.close) / Number(before.close);
    const move = Math.max(-1_000_000, Math.min(1_000_000, Math.round(Math.log(ratio) * 1_000_000)));
    this.#returns.push(move);
    this.#squares += move * move;
    if (this.#returns.length > window) {
      const gone = this.#returns.shift() ?? 0;
      this.#squares -= gone * gone;
    }
    if (this.#returns.length < RETURNS_MIN) return null;
    const daily = (this.#squares / this.#returns.length) * (DAY_MS / step);
    return Math.ceil(Math.sqrt(daily)) as Ppm;
  }

  #volume(candle: Candle): VolumeStats {
    this.#day.push(candle);
    this.#dayQty += candle.volume;
    this.#dayNotional += candle.volume * candle.close;
    for (;;) {
      const oldest = this.#day[0];
      if (oldest === undefined || oldest.closeAt > candle.closeAt - DAY_MS) break;
      this.#day.shift();
      this.#dayQty -= oldest.volume;
      this.#dayNotional -= oldest.volume * oldest.close;
    }
    let recent = 0n;
    for (let index = this.#day.length - 1; index >= 0; index -= 1) {
      const bar = this.#day[index];
      if (bar === undefined || bar.closeAt <= candle.closeAt - RECENT_MS) break;
      // Of a bar longer than the window only its share is recent.
      recent +=
        bar.timeframeMs <= RECENT_MS
          ? bar.volume
          : (bar.volume * BigInt(RECENT_MS)) / BigInt(bar.timeframeMs);
    }
    return {
      dayQty: this.#dayQty as Qty,
      recentQty: recent as Qty,
      dayNotional: (this.#dayNotional / SCALE) as Money,
    };
  }
}
