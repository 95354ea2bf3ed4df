/** Reads the decimals of other people's files: trailing zeros are fine, anything that is not exactly a decimal is not. */

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,18}))?$/;

/** In hundred-millionths; null for what is not a decimal or has more than eight decimals that count. */
export function decimalOf(text: string): bigint | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const fraction = (match[3] ?? '').padEnd(8, '0');
  if (/[1-9]/.test(fraction.slice(8))) return null;
  const value = BigInt((match[2] ?? '') + fraction.slice(0, 8));
  return match[1] === '-' ? -value : value;
}
