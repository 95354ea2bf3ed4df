/** The units of the money boundary: branded fixed-point integers inside, decimal strings on the wire. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Quote currency per unit of base, scaled by 1e8. */
export type Price = Brand<bigint, 'Price'>;
/** Base units or contracts, scaled by 1e8. Signed only where a name says so (a position). */
export type Qty = Brand<bigint, 'Qty'>;
/** Account currency, scaled by 1e8. */
export type Money = Brand<bigint, 'Money'>;
/** A plain factor (conversion rate, multiplier), scaled by 1e8. */
export type Factor = Brand<bigint, 'Factor'>;
/** Parts per million, a safe integer: 1 % is 10,000 and one basis point is 100. */
export type Ppm = Brand<number, 'Ppm'>;
/** Milliseconds since the epoch, always passed in, never read from a clock. */
export type TimeMs = Brand<number, 'TimeMs'>;
/** A length of time in milliseconds. */
export type SpanMs = Brand<number, 'SpanMs'>;
/** A SHA-256 as 64 lower-case hex digits. */
export type Hash = Brand<string, 'Hash'>;

export const SCALE = 100_000_000n;
export const PPM = 1_000_000;
export const DAY_MS = 86_400_000;

/** Everything money can be on the wire is far below 20 integer digits; beyond that it is an attack. */
const DECIMAL = /^-?(?:0|[1-9]\d{0,19})(?:\.\d{0,7}[1-9])?$/;

/**
 * Reads the one canonical spelling of a decimal: no exponent, no leading or trailing zero, no plus sign,
 * no negative zero, at most eight decimals. Anything else is null.
 */
export function parseFixed(text: unknown): bigint | null {
  if (typeof text !== 'string' || text.length > 30 || !DECIMAL.test(text) || text === '-0')
    return null;
  const dot = text.indexOf('.');
  if (dot === -1) return BigInt(text) * SCALE;
  const decimals = text.length - dot - 1;
  return BigInt(text.slice(0, dot) + text.slice(dot + 1)) * 10n ** BigInt(8 - decimals);
}

/** Writes the canonical spelling that `parseFixed` reads. */
export function formatFixed(value: bigint): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(9, '0');
  const whole = digits.slice(0, -8);
  const fraction = digits.slice(-8).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

export const abs = <T extends bigint>(value: T): T => (value < 0n ? ((0n - value) as T) : value);

/** Quotient rounded up: what a limit is compared with may never be rounded below it. */
export function ceilDiv(n: bigint, d: bigint): bigint {
  if (n >= 0n && d > 0n) return (n + d - 1n) / d;
  const q = n / d;
  return q * d === n ? q : n < 0n === d < 0n ? q + 1n : q;
}

/** Quotient rounded toward negative infinity, for the largest quantity that still passes. */
export function floorDiv(n: bigint, d: bigint): bigint {
  const q = n / d;
  // Division cuts toward zero, which is down wherever the quotient is positive.
  if (q > 0n) return q;
  return n < 0n === d < 0n || q * d === n ? q : q - 1n;
}

/** The same where most numbers are of more than one machine word; apart from the other, which stays fast so. */
export const ceilDivWide = (n: bigint, d: bigint): bigint =>
  n > 0n && d > 0n ? (n + d - 1n) / d : ceilDiv(n, d);

/*
 * The next two divide for themselves and not by the functions above: the engine only keeps such arithmetic in
 * registers where one place in the code has never seen a number of more than one machine word.
 */

/** part / whole in parts per million, rounded up; a whole of zero or less has no ratio. */
export function ratioPpm(part: bigint, whole: bigint): Ppm | null {
  if (whole <= 0n) return null;
  const millionths = part * 1_000_000n;
  // Division cuts toward zero, which is up wherever the quotient is negative.
  return Number(part > 0n ? (millionths + whole - 1n) / whole : millionths / whole) as Ppm;
}

/** The share of an amount, rounded down, so that a limit derived from it is never too wide. */
export function shareOf<T extends bigint>(amount: T, share: Ppm): T {
  const millionths = BigInt(share);
  // Whole millions first, so that the product of what is left is small too.
  const millions = amount / 1_000_000n;
  const left = (amount - millions * 1_000_000n) * millionths;
  const ofLeft = left < 0n ? floorDiv(left, 1_000_000n) : left / 1_000_000n;
  return (millions * millionths + ofLeft) as T;
}
