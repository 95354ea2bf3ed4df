/** What happens outside a paper venue meets what rests inside it. */
import type { Book, Funding, Price, TimeMs } from '#firewall';
import type { PaperVenue } from '../exchange/venue.ts';
import type { MarketEvent } from '../market/contract.ts';

/** What happens outside meets the orders that rest inside; funding falls due at the stamp it was announced for. */
export class Outskirts {
  readonly #venue: PaperVenue;
  readonly #funding = new Map<string, Funding>();
  readonly #marks = new Map<string, Price>();

  constructor(venue: PaperVenue) {
    this.#venue = venue;
  }

  meet(event: MarketEvent): void {
    switch (event.kind) {
      case 'book':
        this.#mark(event.symbol, event.book);
        this.#venue.book(event.symbol, event.book);
        return;
      case 'print':
        this.#venue.print(event.print.symbol, event.print);
        return;
      case 'funding':
        this.#settle(event.symbol, event.at);
        this.#funding.set(event.symbol, event.funding);
        return;
      case 'candle':
      case 'reference':
      case 'status':
      case 'news':
      case 'heartbeat':
    }
  }

  #mark(symbol: string, { bids, asks }: Book): void {
    const [bid, ask] = [bids[0]?.price, asks[0]?.price];
    if (bid !== undefined && ask !== undefined)
      this.#marks.set(symbol, ((bid + ask) / 2n) as Price);
  }

  #settle(symbol: string, at: TimeMs): void {
    const due = this.#funding.get(symbol);
    const mark = this.#marks.get(symbol);
    if (due !== undefined && mark !== undefined && at >= due.nextAt)
      this.#venue.funding(symbol, due.rate, mark);
  }
}
