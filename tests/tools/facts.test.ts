/** How facts are written: the shortest decimal, nothing for what is unknown, one order. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFixed } from '#firewall';
import type { Fact } from '../../tools/contract.ts';
import {
  decimal,
  faultOf,
  fixedFact,
  heardWord,
  merged,
  numberFact,
  numberOf,
  sorted,
  tickDigits,
} from '../../tools/facts.ts';

const BPS = { unit: 'bps', digits: 1 } as const;

test.each([
  [1.25, 1, '1.3'],
  [-0.04, 1, '0'],
  [100, 2, '100'],
  [1.2, 3, '1.2'],
  [-3.1, 2, '-3.1'],
  [0.5, 0, '1'],
  [1200, 0, '1200'],
])('%d with %d digits is %s', (value, digits, text) => {
  expect(decimal(value, digits)).toBe(text);
});

test('any finite number becomes a decimal that the house can read', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e14, max: 1e14, noNaN: true }),
      fc.integer({ min: 0, max: 8 }),
      (value, digits) => {
        const text = decimal(value, digits);
        expect(parseFixed(text)).not.toBeNull();
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(
          0.51 * 10 ** -digits + 1e-9 * Math.abs(value),
        );
      },
    ),
  );
});

test('what is not known is left out', () => {
  expect(numberFact('a.b', null, BPS)).toBeNull();
  expect(numberFact('a.b', Number.NaN, BPS)).toBeNull();
  expect(numberFact('a.b', Infinity, BPS)).toBeNull();
  expect(numberFact('a.b', 1e15, BPS)).toBeNull();
  expect(numberFact('a.b', 0, BPS)).toEqual({ name: 'a.b', value: '0', unit: 'bps' });
  expect(fixedFact('a.b', null, 'price')).toBeNull();
  expect(heardWord('a.b', null)).toBeNull();
  expect(heardWord('a.b', 'buy now!')).toBeNull();
  expect(heardWord('a.b', 'REDUCE_ONLY')).toMatchObject({ value: 'REDUCE_ONLY' });
});

const fact = (name: string, value = '1'): Fact => ({ name, value, unit: 'count' });

test('facts stand in the order of their names, and the first of a name stays', () => {
  expect(sorted([fact('b.b'), null, fact('a.b'), fact('a.a')]).map(({ name }) => name)).toEqual([
    'a.a',
    'a.b',
    'b.b',
  ]);
  expect(merged([fact('b.b', '1')], [fact('b.b', '2'), fact('a.a', '3')])).toEqual([
    fact('a.a', '3'),
    fact('b.b', '1'),
  ]);
});

test('a number is found by its name, and a word is no number', () => {
  const facts: readonly Fact[] = [fact('a.b', '-1.5'), { name: 'a.c', value: 'up', unit: 'word' }];
  expect(numberOf(facts, 'a.b')).toBe(-1.5);
  expect(numberOf(facts, 'a.c')).toBeNull();
  expect(numberOf(facts, 'a.d')).toBeNull();
});

test.each([
  ['A.b', '1'],
  ['a', '1'],
  ['a.b.c.d.e', '1'],
  [`a.${'b'.repeat(63)}`, '1'],
  ['a.b', '1e5'],
  ['a.b', '01'],
  ['a.b', ''],
])('%s = %s is ill-formed', (name, value) => {
  expect(faultOf(fact(name, value))).not.toBeNull();
});

test('a tick says how many digits a price has', () => {
  expect(tickDigits(1_000_000n)).toBe(2);
  expect(tickDigits(50_000_000n)).toBe(1);
  expect(tickDigits(100_000_000n)).toBe(0);
  expect(tickDigits(1n)).toBe(8);
});
