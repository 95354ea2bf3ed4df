/** What the paper venue tells a newcomer of its market: recent bars and news, and the latest of everything else. */
import { DAY_MS, type Qty } from '#firewall';
import type { MarketEvent } from '../market/contract.ts';
import { eventLine } from '../market/event-codec.ts';

const NEWS_KEPT = 500;

type Of<K extends MarketEvent['kind']> = Extract<MarketEvent, { kind: K }>;

export class MarketMemory {
  readonly #candles: Of<'candle'>[] = [];
  readonly #news: Of<'news'>[] = [];
  /** Newest of its kind and symbol, by both. */
  readonly #latest = new Map<
    string,
    Exclude<MarketEvent, Of<'candle'> | Of<'news'> | Of<'print'>>
  >();

  put(event: MarketEvent): void {
    switch (event.kind) {
      case 'candle':
        this.#candles.push(event);
        this.#forgetBefore(event.at - DAY_MS);
        return;
      case 'news':
        this.#news.push(event);
        this.#news.splice(0, this.#news.length - NEWS_KEPT);
        return;
      case 'print':
      case 'heartbeat':
        return;
      case 'book':
      case 'funding':
      case 'reference':
      case 'status':
        this.#latest.set(`${event.kind} ${event.symbol}`, event);
    }
  }

  /** Once an hour's worth is too old it goes at once, so that a bar costs no move of the whole list. */
  #forgetBefore(moment: number): void {
    const first = this.#candles.findIndex((candle) => candle.at >= moment);
    if (first > 500) this.#candles.splice(0, first);
  }

  /** In the order in which it happened. */
  *lines(): Iterable<string> {
    const known: MarketEvent[] = [...this.#candles, ...this.#news, ...this.#latest.values()];
    for (const event of known.toSorted((a, b) => a.at - b.at)) yield eventLine(event);
  }

  latest(): Iterable<MarketEvent> {
    return this.#latest.values();
  }

  /** Traded quantity of the last day, by symbol. */
  dailyVolume(): Readonly<Record<string, Qty>> {
    const volume: Record<string, Qty> = {};
    for (const { candle } of this.#candles)
      volume[candle.symbol] = ((volume[candle.symbol] ?? 0n) + candle.volume) as Qty;
    return volume;
  }
}
