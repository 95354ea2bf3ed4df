/** Whole numbers told by floating point where its error cannot change them: several times faster than exact division and roots. */

/** Every operation is off by at most 2^-53 of its result, so sixteen of them are off by far less than this share. */
const OFF = 2 ** -48;

/** What is no bigint, whatever its type says, gives no estimate: the exact way then throws, as it must. */
export const roughly = (n: bigint): number => (typeof n === 'bigint' ? Number(n) : Number.NaN);

/**
 * What the estimated number is when rounded down; null where the estimate is too near a whole number to tell.
 * For estimates made by at most sixteen sums, products, quotients and roots of what is not negative: a difference
 * could leave more error than result.
 */
export function surelyDown(estimate: number): number | null {
  const off = estimate * OFF;
  const low = Math.floor(estimate - off);
  return low === Math.floor(estimate + off) ? low : null;
}

/** The same, rounded up. */
export function surelyUp(estimate: number): number | null {
  const off = estimate * OFF;
  const high = Math.ceil(estimate + off);
  return high === Math.ceil(estimate - off) ? high : null;
}
