/** What quantities at prices are worth in account currency; every rounding is against us. */
import {
  ceilDiv,
  floorDiv,
  SCALE,
  type Factor,
  type Instrument,
  type MarketView,
  type Money,
} from '#firewall';

/** What the account needs to know of an instrument, as the gate's feed last described it. */
export type Terms = Pick<
  Instrument,
  'kind' | 'base' | 'quote' | 'settle' | 'inverse' | 'quanto' | 'multiplier' | 'brackets' | 'costs'
>;

/** Price × quantity, both scaled by 1e8, so that nothing is lost before the last step. */
export type Product = bigint;

const CUBE = SCALE * SCALE * SCALE;

/** An amount that we receive. */
export const received = (product: Product, { multiplier }: Terms, rate: Factor): Money =>
  floorDiv(product * multiplier * rate, CUBE) as Money;

/** An amount that we pay, or that a limit is compared with. */
export const paid = (product: Product, { multiplier }: Terms, rate: Factor): Money =>
  ceilDiv(product * multiplier * rate, CUBE) as Money;

/** Whether profit is settled as cash while the position is held on margin; otherwise the asset itself is held. */
export const onMargin = (terms: Terms): boolean => terms.kind === 'perp';

/** Terms of a symbol that no decision has named, as far as its spelling tells. */
export function termsFromName(symbol: string): Terms {
  const [pair = symbol, settle] = symbol.split(':');
  const [base = pair, quote = pair] = pair.split('/');
  return {
    kind: settle === undefined ? 'spot' : 'perp',
    base,
    quote,
    settle: settle ?? quote,
    inverse: false,
    quanto: false,
    multiplier: SCALE as Factor,
    brackets: [],
    costs: { maker: 0, taker: 0, impactTemporary: 0, impactPermanent: 0 } as Terms['costs'],
  };
}

export const termsFrom = (instrument: NonNullable<MarketView['instrument']>): Terms => ({
  kind: instrument.kind,
  base: instrument.base,
  quote: instrument.quote,
  settle: instrument.settle,
  inverse: instrument.inverse,
  quanto: instrument.quanto,
  multiplier: instrument.multiplier,
  brackets: instrument.brackets,
  costs: instrument.costs,
});
