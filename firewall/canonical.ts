/** One canonical text, and so one hash, for everything that is signed, chained or compared. */
import { hashText } from './hash.ts';
import type { Codec, Json } from './codec.ts';
import type { Hash } from './units.ts';

/**
 * JSON with keys sorted by code unit, no white space, and numbers that are safe integers.
 * Money is already a string in its shortest decimal form, so equal values have equal bytes.
 */
export const canonicalText = (value: Json): string =>
  // What a codec writes is in order already, and then the engine's own writer gives the same text.
  isInOrder(value) ? JSON.stringify(value) : sortedText(value);

function isInOrder(value: Json | undefined): boolean {
  if (value === null || typeof value !== 'object') return value !== undefined;
  if (Array.isArray(value)) return value.every(isInOrder);
  const object = value as { readonly [key: string]: Json };
  let last: string | null = null;
  for (const key of Object.keys(object)) {
    if ((last !== null && key < last) || !isInOrder(object[key])) return false;
    last = key;
  }
  return true;
}

function sortedText(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sortedText).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  const parts = Object.keys(object)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${sortedText(object[key] ?? null)}`);
  return `{${parts.join(',')}}`;
}

/** The canonical text of a typed value. */
export const textOf = <T>(codec: Codec<T>, value: T): string => canonicalText(codec.write(value));

/** The hash of the canonical text of a typed value. */
export const hashOf = <T>(codec: Codec<T>, value: T): Hash => hashText(textOf(codec, value));
