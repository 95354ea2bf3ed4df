/** Decimals and New York times: exactly right, or null. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFixed } from '#firewall';
import { decimalOf } from '../../../market/replay/decimal.ts';
import { newYorkTime } from '../../../market/replay/new-york.ts';

describe('decimals', () => {
  it.each([
    ['51552.61000000', 5_155_261_000_000n],
    ['14085844.0', 1_408_584_400_000_000n],
    ['0', 0n],
    ['-1.5', -150_000_000n],
    ['007', 700_000_000n],
    ['1.000000010000', 100_000_001n],
    ['1.000000001', null],
    ['', null],
    ['NaN', null],
    ['Infinity', null],
    ['1e5', null],
    ['1.', null],
    ['.5', null],
    ['+1', null],
    [' 1', null],
    ['1,5', null],
    ['1234567890123456', null],
  ])('%s', (text, expected) => {
    expect(decimalOf(text)).toBe(expected);
  });

  it('reads back whatever is written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }), (value) => {
        expect(decimalOf(formatFixed(value))).toBe(value);
      }),
    );
  });
});

/** The platform's own time zone data, as a second opinion. */
const format = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const wall = (at: number): string => format.format(at).replace(' ', 'T');

describe('New York time', () => {
  it('agrees with the time zone data on every hour from 1998 to 2026', () => {
    const wrong: string[] = [];
    for (let at = Date.UTC(1998, 0, 1); at < Date.UTC(2027, 0, 1); at += 7 * 3_600_000) {
      const text = wall(at);
      const found = newYorkTime(text);
      if (found !== at && found !== null) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['2015-01-02T09:00', Date.UTC(2015, 0, 2, 14)],
    ['2015-07-02T09:00', Date.UTC(2015, 6, 2, 13)],
    ['2021-03-14T01:59', Date.UTC(2021, 2, 14, 6, 59)],
    ['2021-03-14T02:00', null],
    ['2021-03-14T02:59', null],
    ['2021-03-14T03:00', Date.UTC(2021, 2, 14, 7)],
    ['2021-11-07T00:59', Date.UTC(2021, 10, 7, 4, 59)],
    ['2021-11-07T01:00', null],
    ['2021-11-07T01:59', null],
    ['2021-11-07T02:00', Date.UTC(2021, 10, 7, 7)],
    ['2006-04-02T03:00', Date.UTC(2006, 3, 2, 7)],
    ['2006-10-29T02:00', Date.UTC(2006, 9, 29, 7)],
    ['2015-02-29T00:00', null],
    ['2015-13-01T00:00', null],
    ['2015-01-01T24:00', null],
    ['1986-01-01T00:00', null],
    ['2015-01-02 09:00', null],
    ['2015-01-02T09:00Z', null],
  ])('%s', (text, expected) => {
    expect(newYorkTime(text)).toBe(expected);
  });
});
