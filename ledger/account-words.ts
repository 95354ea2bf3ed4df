/** What the courier said, in short: tells a repeat from another word under the same number. */
import type { CarriedEvent } from './contract.ts';

type Event<Kind extends CarriedEvent['kind']> = Extract<CarriedEvent, { kind: Kind }>;

export const outcomeWord = ({ approvalId, outcome }: Event<'outcome'>): string =>
  `${approvalId} ${outcome}`;

export const fillWord = ({ clientId, symbol, side, price, qty }: Event<'fill'>): string =>
  `${clientId} ${symbol} ${side} ${price} ${qty}`;

export const cashWord = ({ reason, amount }: Event<'cash'>): string => `${reason} ${amount}`;

/** What tells one statement from another that has no number of its own. */
export const saidKey = (event: Event<'reconciled'> | Event<'noted'>): string =>
  event.kind === 'noted'
    ? `${event.at} ${event.code} ${event.detail}`
    : `${event.at} ${event.status} ${event.detail}`;
