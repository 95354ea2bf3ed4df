/** Counters that start again with every UTC day. */
import { DAY_MS, type DayCounters, type Money, type OrderFlow, type TimeMs } from '#firewall';

type Counts = Map<string, number>;

const fresh = (day: number) => ({
  day,
  orders: 0,
  ordersBySymbol: new Map() as Counts,
  ordersByStrategy: new Map() as Counts,
  fillsBySymbol: new Map() as Counts,
  cancelsBySymbol: new Map() as Counts,
  turnover: 0n,
  fees: 0n,
});

const bump = (counts: Counts, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

export class DayCounts {
  #today = fresh(0);

  #at(now: TimeMs) {
    const day = Math.floor(now / DAY_MS);
    if (day !== this.#today.day) this.#today = fresh(day);
    return this.#today;
  }

  order(now: TimeMs, symbol: string, strategy: string): void {
    const today = this.#at(now);
    today.orders += 1;
    bump(today.ordersBySymbol, symbol);
    bump(today.ordersByStrategy, strategy);
  }

  cancel(now: TimeMs, symbol: string): void {
    bump(this.#at(now).cancelsBySymbol, symbol);
  }

  fill(now: TimeMs, symbol: string, amounts: Readonly<{ turnover: bigint; fee: bigint }>): void {
    const today = this.#at(now);
    bump(today.fillsBySymbol, symbol);
    today.turnover += amounts.turnover;
    today.fees += amounts.fee;
  }

  /** Read without turning the page: a later day has nothing yet; a clock set back over midnight still has it all. */
  view(now: TimeMs): Readonly<{
    day: DayCounters;
    flow: Pick<OrderFlow, 'ordersBySymbolToday' | 'fillsBySymbolToday' | 'cancelsBySymbolToday'>;
  }> {
    const day = Math.floor(now / DAY_MS);
    const today = day <= this.#today.day ? this.#today : fresh(day);
    return {
      day: {
        day,
        ordersByAccount: today.orders,
        ordersBySymbol: Object.fromEntries(today.ordersBySymbol),
        ordersByStrategy: Object.fromEntries(today.ordersByStrategy),
        turnover: today.turnover as Money,
        fees: today.fees as Money,
      },
      flow: {
        ordersBySymbolToday: Object.fromEntries(today.ordersBySymbol),
        fillsBySymbolToday: Object.fromEntries(today.fillsBySymbol),
        cancelsBySymbolToday: Object.fromEntries(today.cancelsBySymbol),
      },
    };
  }
}
