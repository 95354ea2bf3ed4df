/** What holding a perpetual costs, and when it is paid next. */
import { z } from 'zod';
import type { Tool } from './contract.ts';
import { numberFact, sorted, wordFact } from './facts.ts';

const input = z.strictObject({});
type Input = z.infer<typeof input>;

const DAY_MS = 86_400_000;
const BPS = { unit: 'bps', digits: 2 } as const;

export const funding: Tool<Input> = {
  name: 'funding',
  description: 'The funding rate of a perpetual contract, who pays it, and when.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    minutes: ['count', 'until it is paid next'],
    payer: ['word', 'longs, shorts or nobody'],
    per_day: ['bps', 'what longs pay in a day at this rate'],
    rate: ['bps', 'what longs pay to shorts next; below zero the other way'],
  },
  codes: ['SYMBOL_NOT_KNOWN', 'FUNDING_NOT_KNOWN'],
  async run(_, { ports, symbol, now }) {
    const view = ports.market.view(symbol, now, []);
    if (view === null)
      return { ok: false, code: 'SYMBOL_NOT_KNOWN', hint: 'this symbol is not followed here' };
    const known = view.funding;
    if (known === null)
      return { ok: false, code: 'FUNDING_NOT_KNOWN', hint: 'there is none for it; go on without' };
    const bps = known.rate / 100;
    const perDay = known.everyMs > 0 ? bps * (DAY_MS / known.everyMs) : null;
    return {
      ok: true,
      // The view holds what was known at this moment, and does not say since when.
      asOf: now,
      facts: sorted([
        numberFact('funding.minutes', Math.max(0, Math.floor((known.nextAt - now) / 60_000)), {
          unit: 'count',
          digits: 0,
        }),
        wordFact('funding.payer', bps > 0 ? 'longs' : bps < 0 ? 'shorts' : 'nobody'),
        numberFact('funding.per_day', perDay, BPS),
        numberFact('funding.rate', bps, BPS),
      ]),
      evidence: [],
      texts: [],
    };
  },
};
