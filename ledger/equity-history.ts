/** Equity as it was marked: what the loss rules look back to, with deposits and withdrawals taken out. */
import { DAY_MS, type EquityMarks, type Money, type TimeMs } from '#firewall';
import { Recent } from './recent.ts';

type Sample = Readonly<{ at: TimeMs; profit: bigint }>;

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * DAY_MS;
const MONTH_MS = 30 * DAY_MS;

const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** Works on profit, which is equity less what was paid in, so that a deposit is never a gain. */
export class EquityHistory {
  /** One sample an hour; enough to look a week or a month back. */
  readonly #hours = new Recent<Sample>((sample) => sample.at);
  /** Falling profits inside the velocity window: the first is the highest. */
  #window: Sample[] = [];
  #day: number | null = null;
  #dayOpen = 0n;
  #last: Sample | null = null;
  #high = 0n;

  mark(at: TimeMs, equity: Money, paidIn: Money, windowMs: number): void {
    const profit = equity - paidIn;
    const sample = { at, profit };
    if (dayOf(at) !== this.#day) {
      // The day opens where the day before ended, so that a loss overnight belongs to the new day.
      this.#dayOpen = this.#last?.profit ?? profit;
      this.#day = dayOf(at);
    }
    if (this.#last === null || profit > this.#high) this.#high = profit;
    if (this.#last === null || Math.floor(at / HOUR_MS) !== Math.floor(this.#last.at / HOUR_MS))
      this.#hours.push(sample);
    this.#hours.prune((at - MONTH_MS - DAY_MS) as TimeMs);
    while ((this.#window.at(-1)?.profit ?? profit + 1n) <= profit) this.#window.pop();
    this.#window.push(sample);
    this.#expire(at - windowMs);
    this.#last = sample;
  }

  #expire(before: number): void {
    let stale = 0;
    while ((this.#window[stale]?.at ?? before) < before) stale += 1;
    if (stale > 0) this.#window = this.#window.slice(stale);
  }

  /** A human who resumes has seen the loss: drawdown and rolling losses are counted from here, the day's is not. */
  rebase(): void {
    const last = this.#last;
    if (last === null) return;
    this.#high = last.profit;
    this.#window = [last];
    this.#hours.prune((last.at + 1) as TimeMs);
    this.#hours.push(last);
  }

  /** Null before anything was marked. */
  view(now: TimeMs, paidIn: Money, windowMs: number): EquityMarks | null {
    const last = this.#last;
    if (last === null) return null;
    const hours = this.#hours.since(0);
    const back = (span: number): bigint => {
      const found = hours.findLast((sample) => sample.at <= now - span);
      return (found ?? hours[0] ?? last).profit;
    };
    const high = this.#window.find((sample) => sample.at >= now - windowMs) ?? last;
    const asEquity = (profit: bigint): Money => (profit + paidIn) as Money;
    return {
      dayOpen: asEquity(dayOf(now) === this.#day ? this.#dayOpen : last.profit),
      weekAgo: asEquity(back(WEEK_MS)),
      monthAgo: asEquity(back(MONTH_MS)),
      windowHigh: asEquity(high.profit),
      highWater: asEquity(this.#high),
    };
  }
}
