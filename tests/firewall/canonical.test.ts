/** One text for one value: whatever order its keys come in, and the same as a plain recursive writer gives. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, count, dictionary, record, textOf, type Json } from '#firewall';

/** The definition, written as plainly as can be. */
const plain = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(plain).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${plain(item)}`).join(',')}}`;
};

describe('canonical text', () => {
  test('is what the definition says, of anything', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalText(value as Json)).toBe(plain(value));
      }),
    );
  });

  test('does not depend on the order of keys, at any depth', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.integer())), (value) => {
        const turned = Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, inner]) => [key, Object.fromEntries(Object.entries(inner).toReversed())]),
        );
        expect(canonicalText(turned)).toBe(canonicalText(value));
      }),
    );
  });

  test('keys that look like numbers are sorted as texts, and a hole is null', () => {
    expect(canonicalText({ 2: 1, 10: 2, a: [{ z: 1, b: null }] })).toBe(
      '{"10":2,"2":1,"a":[{"b":null,"z":1}]}',
    );
    expect(canonicalText({ a: undefined } as unknown as Json)).toBe('{"a":null}');
  });

  test('a codec writes in that order', () => {
    const codec = record({ b: count, a: dictionary(count, 9) });
    expect(JSON.stringify(codec.write({ b: 1, a: { y: 1, x: 2 } }))).toBe(
      '{"a":{"x":2,"y":1},"b":1}',
    );
    expect(textOf(codec, { a: { x: 2, y: 1 }, b: 1 })).toBe('{"a":{"x":2,"y":1},"b":1}');
  });
});
