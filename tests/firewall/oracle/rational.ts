/** Exact fractions over whole numbers of any size: the oracle never rounds where the specification does not. */
export type Q = Readonly<{ n: bigint; d: bigint }>;

const EIGHT = 100_000_000n;

/** A fraction with a denominator above zero. */
export function over(n: bigint, d: bigint): Q {
  if (d === 0n) throw new Error('a fraction over zero');
  return d < 0n ? { n: -n, d: -d } : { n, d };
}
/** A fixed-point amount of eight decimals, as the fraction that it stands for. */
export const dec = (amount: bigint): Q => ({ n: amount, d: EIGHT });
export const whole = (n: number | bigint): Q => ({ n: BigInt(n), d: 1n });
export const millionths = (n: number | bigint): Q => ({ n: BigInt(n), d: 1_000_000n });
export const ZERO = whole(0);
export const ONE = whole(1);

export const plus = (...terms: readonly Q[]): Q =>
  terms.reduce(
    (a, b) => (a.d === b.d ? { n: a.n + b.n, d: a.d } : { n: a.n * b.d + b.n * a.d, d: a.d * b.d }),
    ZERO,
  );
export const minus = (a: Q, b: Q): Q => plus(a, { n: -b.n, d: b.d });
export const times = (...factors: readonly Q[]): Q =>
  factors.reduce((a, b) => ({ n: a.n * b.n, d: a.d * b.d }), ONE);
export const by = (a: Q, b: Q): Q => over(a.n * b.d, a.d * b.n);
export const negative = (a: Q): Q => ({ n: -a.n, d: a.d });

const compare = (a: Q, b: Q): bigint => a.n * b.d - b.n * a.d;
export const atMost = (a: Q, b: Q): boolean => compare(a, b) <= 0n;
export const below = (a: Q, b: Q): boolean => compare(a, b) < 0n;
export const greatest = (...all: readonly [Q, ...Q[]]): Q =>
  all.reduce((a, b) => (below(a, b) ? b : a));
export const least = (...all: readonly [Q, ...Q[]]): Q =>
  all.reduce((a, b) => (below(b, a) ? b : a));
export const size = (a: Q): Q => (a.n < 0n ? negative(a) : a);

/** Toward minus infinity: the remainder of a whole division is added back where it was cut the wrong way. */
const floorOf = (n: bigint, d: bigint): bigint => (n - (((n % d) + d) % d)) / d;
/** The nearest multiple of 0.00000001 that is not above. */
export const down = (a: Q): Q => dec(floorOf(a.n * EIGHT, a.d));
/** The nearest multiple of 0.00000001 that is not below. */
export const up = (a: Q): Q => dec(-floorOf(-a.n * EIGHT, a.d));
/** The nearest millionth that is not below. */
export const upToMillionth = (a: Q): Q => millionths(-floorOf(-a.n * 1_000_000n, a.d));
export const wholeBelow = (a: Q): bigint => floorOf(a.n, a.d);
