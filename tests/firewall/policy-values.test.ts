/** How limits are spelled: exact at every edge, and nothing read that was not written. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, type Codec, type TimeMs } from '#firewall';
import {
  counted,
  countedBy,
  money,
  moneyBy,
  nameBy,
  names,
  qtyBySymbol,
  ratio,
  ratioBy,
  ratioCodec,
  shape,
  span,
  spanBy,
  spanCodec,
  toggle,
  utcCodec,
  valueFor,
  type Param,
} from '../../firewall/policy-values.ts';

const RATIO = 'a ratio such as "1.5 %" or "10 bps"';
const SPAN = 'a time span such as "2 s", "5 min" or "30 d"';
const UTC = 'a UTC time such as "2026-11-21T09:00:00Z"';
const AMOUNT = 'an amount: a whole number, or a decimal in quotes such as "0.5"';
const DAY = 86_400_000;

describe.each<[string, Codec<unknown>, [string, number, string][]]>([
  [
    'a ratio',
    ratioCodec,
    [
      ['1.5 %', 15_000, '1.5 %'],
      ['1.5%', 15_000, '1.5 %'],
      ['10 bps', 1_000, '0.1 %'],
      ['10bps', 1_000, '0.1 %'],
      ['0.01 bps', 1, '0.0001 %'],
      ['0.0001 %', 1, '0.0001 %'],
      ['0 %', 0, '0 %'],
      ['-1.5 %', -15_000, '-1.5 %'],
      ['-0.0001 %', -1, '-0.0001 %'],
      ['100 %', 1_000_000, '100 %'],
      ['10.10 %', 101_000, '10.1 %'],
      ['999999.9999 %', 9_999_999_999, '999999.9999 %'],
    ],
  ],
  [
    'a span',
    spanCodec,
    [
      ['0 s', 0, '0 ms'],
      ['1 ms', 1, '1 ms'],
      ['1ms', 1, '1 ms'],
      ['1500 ms', 1_500, '1500 ms'],
      ['2 s', 2_000, '2 s'],
      ['61 s', 61_000, '61 s'],
      ['60 s', 60_000, '1 min'],
      ['5 min', 300_000, '5 min'],
      ['60 min', 3_600_000, '1 h'],
      ['24 h', DAY, '1 d'],
      ['25h', 25 * 3_600_000, '25 h'],
      ['3660 d', 3_660 * DAY, '3660 d'],
      ['999999999 ms', 999_999_999, '999999999 ms'],
    ],
  ],
])('%s', (_, codec, rows) => {
  test.each(rows)('%s is %d, written %s', (text, value, written) => {
    expect(decode(codec, text)).toEqual({ ok: true, value });
    expect(codec.write(value)).toBe(written);
    expect(decode(codec, written)).toEqual({ ok: true, value });
  });
});

describe('refuses', () => {
  test.each<[string, Codec<unknown>, string, unknown[]]>([
    [
      'what is no ratio',
      ratioCodec,
      RATIO,
      ['', '1', '%', '1 percent', 'x1 %', '1 %x', ' 1 %', '1  %', '1 %\n', '.5 %', '1. %', '+1 %'],
    ],
    ['a ratio of too many digits', ratioCodec, RATIO, ['1000000 %', '0.00001 %', 1, null, ['1 %']]],
    ['too fine a bps', ratioCodec, 'at most 2 decimals in bps', ['0.001 bps', '1.0000 bps']],
    ['zero with a sign', ratioCodec, 'zero without a sign', ['-0 %', '-0.0 %', '-0 bps']],
    [
      'what is no span',
      spanCodec,
      SPAN,
      [
        '',
        '1',
        's',
        '1.5 s',
        '-1 s',
        'x1 s',
        '1 sx',
        '1  s',
        '1 s\n',
        '1 m',
        '1 y',
        1,
        null,
        ['1 s'],
      ],
    ],
    ['a span of too many digits', spanCodec, SPAN, ['1000000000 ms']],
    ['too long a span', spanCodec, 'at most 3660 d', ['3661 d', '87841 h', '999999999 d']],
    [
      'what is no time',
      utcCodec,
      UTC,
      [
        '',
        '2026-11-21',
        '2026-11-21T09:00:00',
        '2026-11-21 09:00:00Z',
        '2026-11-21T09:00:00.000Z',
        'x2026-11-21T09:00:00Z',
        '2026-11-21T09:00:00Zx',
        '02026-11-21T09:00:00Z',
        '2026-02-29T00:00:00Z',
        '2100-02-29T00:00:00Z',
        '2026-04-31T00:00:00Z',
        '2026-00-10T00:00:00Z',
        '2026-13-10T00:00:00Z',
        '2026-01-00T00:00:00Z',
        '2026-01-32T00:00:00Z',
        '2026-01-01T24:00:00Z',
        '2026-01-01T00:60:00Z',
        '2026-01-01T00:00:60Z',
        '1969-12-31T23:59:59Z',
        '1969-12-31T00:00:00Z',
        Symbol('odd'),
        1,
        null,
        ['2026-11-21T09:00:00Z'],
      ],
    ],
    [
      'what is no amount',
      money('up').codec,
      AMOUNT,
      ['-1', -1, 0.5, '1.0', 2 ** 53, true, null, -0.5],
    ],
    [
      'too large a count',
      counted('up').codec,
      'an integer from 0 to 1000000000',
      [-1, 1_000_000_001, '1'],
    ],
  ])('%s', (_, codec, want, values) => {
    for (const value of values) expect(decode(codec, value)).toEqual({ ok: false, at: '$', want });
  });
});

describe('a UTC time', () => {
  test.each<[string]>([
    ['1970-01-01T00:00:00Z'],
    ['1970-12-31T23:59:59Z'],
    ['1971-01-01T00:00:00Z'],
    ['1972-02-29T12:34:56Z'],
    ['1999-12-31T23:59:59Z'],
    ['2000-02-29T00:00:00Z'],
    ['2000-03-01T00:00:00Z'],
    ['2024-12-31T23:59:59Z'],
    ['2026-11-21T09:05:07Z'],
    ['2100-02-28T23:59:59Z'],
    ['2100-03-01T00:00:00Z'],
    ['9999-12-31T23:59:59Z'],
  ])('%s is what the engine says', (text) => {
    const value = Date.parse(text);
    expect(decode(utcCodec, text)).toEqual({ ok: true, value });
    expect(utcCodec.write(value as TimeMs)).toBe(text);
  });

  test('the edges of every month of four hundred years', () => {
    for (let month = 1; month <= 4_800; month += 1)
      for (const at of [Date.UTC(1970, month), Date.UTC(1970, month) - 1_000]) {
        const text = new Date(at).toISOString().replace('.000', '');
        if (utcCodec.write(at as TimeMs) !== text) expect(utcCodec.write(at as TimeMs)).toBe(text);
        if (utcCodec.read(text, '$') !== at) expect(utcCodec.read(text, '$')).toBe(at);
      }
  });
});

test('property: ratios survive being written', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }), (value) => {
      expect(decode(ratioCodec as Codec<number>, ratioCodec.write(value as never))).toEqual({
        ok: true,
        value,
      });
    }),
  );
});

describe('a limit', () => {
  test.each<[string, Param<unknown>, string, unknown, unknown]>([
    ['a ratio', ratio('up'), 'ratio', '1 %', 10_000],
    ['a span', span('up'), 'span', '1 s', 1_000],
    ['money', money('up'), 'money', '0.5', 50_000_000n],
    ['whole money', money('up'), 'money', 5_000, 500_000_000_000n],
    ['no money', money('up'), 'money', 0, 0n],
    ['a count', counted('up'), 'count', 1_000_000_000, 1_000_000_000],
    ['a flag', toggle('up'), 'flag', true, true],
    [
      'a ratio by key',
      ratioBy('up'),
      'ratio by key',
      { default: '1 %', by: { a: '2 %' } },
      { default: 10_000, by: { a: 20_000 } },
    ],
    [
      'money by key',
      moneyBy('up'),
      'money by key',
      { default: 1, by: {} },
      { default: 100_000_000n, by: {} },
    ],
    [
      'a span by key',
      spanBy('up'),
      'span by key',
      { default: '1 s', by: {} },
      { default: 1_000, by: {} },
    ],
    [
      'a count by key',
      countedBy('up'),
      'count by key',
      { default: 1, by: { a: 0 } },
      { default: 1, by: { a: 0 } },
    ],
    [
      'a quantity by symbol',
      qtyBySymbol('up'),
      'quantity by symbol',
      { 'BTC/USDT': '0.5' },
      { 'BTC/USDT': 50_000_000n },
    ],
  ])('of %s is told by its kind and reads its spelling', (_, param, kind, spelled, value) => {
    expect([param.kind, param.loosen]).toEqual([kind, 'up']);
    expect(decode(param.codec, spelled)).toEqual({ ok: true, value });
    expect(decode(param.codec, param.codec.write(value))).toEqual({ ok: true, value });
  });

  test('of names and shapes loosens in no direction unless it says so', () => {
    expect([names().kind, names().loosen]).toEqual(['names', 'none']);
    expect([nameBy().kind, nameBy().loosen]).toEqual(['name by key', 'none']);
    expect(decode(names().codec, ['a'])).toEqual({ ok: true, value: ['a'] });
    expect(decode(nameBy().codec, { a: 'b' })).toEqual({ ok: true, value: { a: 'b' } });
    expect(shape(spanCodec, 'odd')).toEqual({ codec: spanCodec, loosen: 'none', kind: 'odd' });
    expect(shape(spanCodec, 'odd', 'down').loosen).toBe('down');
  });

  test('by key is that of the key, or the default; inherited names are no keys', () => {
    const map = { default: 1, by: { a: 2 } };
    expect(valueFor(map, 'a')).toBe(2);
    expect(valueFor(map, 'b')).toBe(1);
    expect(valueFor(map, 'toString')).toBe(1);
    const holed = { default: 1, by: { a: undefined as unknown as number } };
    expect(valueFor(holed, 'a')).toBe(1);
  });

  test.each<[Param<unknown>, (n: number) => unknown, string]>([
    [names(), (n) => Array.from({ length: n }, () => 'a'), 'a list of at most 1000'],
    [nameBy(), (n) => keyed(n, 'a'), 'at most 1000 entries'],
    [qtyBySymbol('up'), (n) => keyed(n, 1), 'at most 1000 entries'],
  ])('is of a bounded size', (param, of, want) => {
    expect(decode(param.codec, of(1_000)).ok).toBe(true);
    expect(decode(param.codec, of(1_001))).toMatchObject({ ok: false, want });
  });
});

function keyed(n: number, value: unknown): unknown {
  return Object.fromEntries(Array.from({ length: n }, (_, index) => [`k${index}`, value]));
}
