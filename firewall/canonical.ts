/** One canonical text, and so one hash, for everything that is signed, chained or compared. */
import { hashText } from './hash.ts';
import type { Codec, Json } from './codec.ts';
import type { Hash } from './units.ts';

/**
 * JSON with keys sorted by code unit, no white space, and numbers that are safe integers.
 * Money is already a string in its shortest decimal form, so equal values have equal bytes.
 */
export function canonicalText(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  const parts = Object.keys(object)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(object[key] ?? null)}`);
  return `{${parts.join(',')}}`;
}

/** The canonical text of a typed value. */
export const textOf = <T>(codec: Codec<T>, value: T): string => canonicalText(codec.write(value));

/** The hash of the canonical text of a typed value. */
export const hashOf = <T>(codec: Codec<T>, value: T): Hash => hashText(textOf(codec, value));
