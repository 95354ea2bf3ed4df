/** The bricks of every decoder: what each takes, what it refuses with which words, and at which limit. */
import { describe, expect, test } from 'vitest';
import {
  base64,
  count,
  decode,
  decodeText,
  dictionary,
  fixed,
  flag,
  hash,
  hex,
  integer,
  list,
  name,
  nullable,
  oneOf,
  pattern,
  record,
  symbolName,
  time,
  variant,
  words,
  type Codec,
} from '#firewall';

const NAME = 'a name of 1 to 64 ASCII letters, digits or ._:/@#+-';
const SYMBOL = 'a symbol such as BTC/USDT or BTC/USDT:USDT';
const DECIMAL = 'a decimal string such as "1.5" in its shortest form';
const INTEGER = `an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`;
const BASE64 = 'base64 of at most 8 characters';
const WORDS = '1 to 3 characters of text';
const letter = pattern(/^[a-z]$/, 'a letter');

describe('takes', () => {
  test.each<[string, Codec<unknown>, unknown[]]>([
    ['a pattern', letter, ['a', 'z']],
    ['a name', name, ['a', 'A', '0', 'a._:/@#+-Z9', 'a'.repeat(64)]],
    [
      'a symbol',
      symbolName,
      [
        'BTC/USDT',
        'BTC/USDT:USDT',
        'A/B',
        '1/2:3',
        `${'A'.repeat(16)}/${'B'.repeat(16)}:${'C'.repeat(16)}`,
      ],
    ],
    ['hex', hex(4), ['0af9']],
    ['a hash', hash, ['0'.repeat(64)]],
    ['base64', base64(8), ['', 'AAAA', 'Aa0+', 'AA==', 'AAA=', 'AAAA/AA=']],
    ['words', words(3), ['a', 'é b', '   ', '😀a']],
    ['a flag', flag, [true, false]],
    ['an integer', integer(), [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
    ['an integer in a range', integer(-2, 3), [-2, 3]],
    ['a count', count, [0, Number.MAX_SAFE_INTEGER]],
    ['a time', time, [0, 8_640_000_000_000_000]],
    ['a choice', oneOf(['a', 'b']), ['a', 'b']],
    ['null', nullable(flag), [null, true]],
    ['a list', list(flag, 2), [[], [true], [true, false]]],
    ['a map', dictionary(flag, 2), [{}, { a: true, b: false }]],
    ['a map by letters', dictionary(flag, 2, letter), [{ a: true }]],
  ])('%s', (_, codec, values) => {
    for (const value of values) {
      expect(decode(codec, value)).toEqual({ ok: true, value });
      expect(codec.write(value)).toEqual(value);
    }
  });

  test('a decimal', () => {
    expect(decode(fixed(), '-1.5')).toEqual({ ok: true, value: -150_000_000n });
    expect(decode(fixed(5n), '0.00000005')).toEqual({ ok: true, value: 5n });
    expect(fixed().write(-150_000_000n)).toBe('-1.5');
    expect(nullable(fixed()).write(null)).toBeNull();
    expect(nullable(fixed()).write(1n)).toBe('0.00000001');
  });
});

describe('refuses', () => {
  test.each<[string, Codec<unknown>, string, unknown[]]>([
    ['what is no text of the pattern', letter, 'a letter', ['', 'ab', 'A', 1, null, ['a']]],
    [
      'what is no name',
      name,
      NAME,
      ['', '-a', '.a', ' a', 'a ', 'a\n', 'а', 'a b', '__proto__', 'a'.repeat(65), 1, null],
    ],
    [
      'what is no symbol',
      symbolName,
      SYMBOL,
      [
        'BTC',
        'BTC/',
        '/USDT',
        'btc/USDT',
        'BTC/USDT:',
        'BTC/USDT:USDT:USDT',
        'BTC/USDT:usdt',
        'BTC/USDT\n',
        ' BTC/USDT',
        `${'A'.repeat(17)}/B`,
        `A/${'B'.repeat(17)}`,
        `A/B:${'C'.repeat(17)}`,
      ],
    ],
    [
      'what is no hex',
      hex(4),
      '4 lower-case hex digits',
      ['0af', '0af90', '0AF9', '0afg', 'x0af9', 1234],
    ],
    ['what is no hash', hash, '64 lower-case hex digits', ['0'.repeat(63), '0'.repeat(65)]],
    [
      'what is no base64',
      base64(8),
      BASE64,
      [
        'A',
        'AAA',
        'A===',
        '====',
        'AA=A',
        '=AAA',
        'AA-_',
        'AAAAAAAAAAAA',
        'AAA\n',
        1,
        null,
        ['AAAA'],
        [],
      ],
    ],
    [
      'what are no words',
      words(3),
      WORDS,
      ['', 'abcd', 'a\n', '\u0000', '\ud800', '\u0085', 1, null, ['a']],
    ],
    ['what is no flag', flag, 'true or false', ['true', 0, 1, null]],
    [
      'what is no integer',
      integer(),
      INTEGER,
      [-0, 0.5, NaN, Infinity, 2 ** 53, -(2 ** 53), '1', 1n, null],
    ],
    ['what is out of range', integer(-2, 3), 'an integer from -2 to 3', [-3, 4]],
    ['what is no count', count, `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, [-1]],
    ['what is no time', time, 'an integer from 0 to 8640000000000000', [-1, 8_640_000_000_000_001]],
    ['what is no decimal', fixed(), DECIMAL, ['1.0', 1, 1n, null]],
    ['what is below the least', fixed(5n), 'at least 0.00000005', ['0.00000004', '-1', '0']],
    ['what is no choice', oneOf(['a', 'b']), 'a | b', ['c', '', null, ['a']]],
    ['what is neither null nor it', nullable(flag), 'true or false', [undefined, 0]],
    [
      'what is no list',
      list(flag, 1),
      'a list of at most 1',
      [{}, { length: 0 }, 'a', null, [true, true]],
    ],
    ['what is no object', dictionary(flag, 1), 'an object', [null, [], 'a', 1, undefined, () => 1]],
    [
      'what is no plain object',
      dictionary(flag, 1),
      'a plain object',
      [new Map(), new Date(0), Object.create({})],
    ],
    ['what is too large', dictionary(flag, 1), 'at most 1 entries', [{ a: true, b: true }]],
  ])('%s', (_, codec, want, values) => {
    for (const value of values) expect(decode(codec, value)).toEqual({ ok: false, at: '$', want });
  });
});

describe('names the place', () => {
  const pair = record<{ a: boolean; b: readonly boolean[] }>({ a: flag, b: list(flag, 2) });
  const either = variant<{ kind: 'x'; a: boolean } | { kind: 'y' }>({
    x: record({ kind: oneOf(['x'] as const), a: flag }),
    y: record({ kind: oneOf(['y'] as const) }),
  });

  test.each<[string, Codec<unknown>, unknown, string, string]>([
    ['in a list', list(flag, 2), [true, 1], '$[1]', 'true or false'],
    ['of a hole', list(flag, 2), Array.from<boolean>({ length: 1 }), '$[0]', 'true or false'],
    ['in a map', dictionary(flag, 1), { a: 1 }, '$.a', 'true or false'],
    ['of a key', dictionary(flag, 1), { '': true }, '$ key', NAME],
    ['of an unknown key', pair, { a: true, b: [], c: 1 }, '$.c', 'no such key'],
    ['of an inherited key', pair, { a: true, b: [], toString: 1 }, '$.toString', 'no such key'],
    ['of a missing key', pair, { a: true }, '$.b', 'a value'],
    ['deep inside', pair, { a: true, b: [true, 1] }, '$.b[1]', 'true or false'],
    ['of a record that is none', pair, null, '$', 'an object'],
    ['of an unknown kind', either, { kind: 'z' }, '$.kind', 'x | y'],
    ['of an inherited kind', either, { kind: 'toString' }, '$.kind', 'x | y'],
    ['of a missing kind', either, {}, '$.kind', 'x | y'],
    ['of a kind that is no text', either, { kind: ['y'] }, '$.kind', 'x | y'],
    ['in a variant', either, { kind: 'x', a: 1 }, '$.a', 'true or false'],
    ['of a variant that is none', either, [], '$', 'an object'],
  ])('%s', (_, codec, value, at, want) => {
    expect(decode(codec, value)).toEqual({ ok: false, at, want });
  });

  test('a variant is written by its kind', () => {
    expect(either.write({ kind: 'x', a: true })).toEqual({ a: true, kind: 'x' });
    expect(decode(either, { kind: 'y' })).toEqual({ ok: true, value: { kind: 'y' } });
    expect(() => either.write({ kind: 'z' } as unknown as { kind: 'y' })).toThrow(
      '$.kind: a known kind',
    );
  });

  test('a bare object without a prototype is plain', () => {
    const bare = Object.assign(Object.create(null) as object, { a: true });
    expect(decode(dictionary(flag, 1), bare)).toEqual({ ok: true, value: { a: true } });
  });

  test('a hostile object is malformed, not our bug', () => {
    const hostile = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('gotcha');
      },
    });
    expect(decode(dictionary(flag, 1), hostile)).toEqual({
      ok: false,
      at: '$',
      want: 'plain data',
    });
  });
});

test('what is written has its keys in order', () => {
  const fields = record({ b: flag, a: flag, c: flag });
  expect(Object.keys(fields.write({ c: true, b: true, a: true }) as object)).toEqual([
    'a',
    'b',
    'c',
  ]);
  const map = dictionary(flag, 3);
  expect(Object.entries(map.write({ c: true, a: false, b: true }) as object)).toEqual([
    ['a', false],
    ['b', true],
    ['c', true],
  ]);
});

describe('text', () => {
  test.each<[unknown, number, unknown]>([
    ['true', 4, { ok: true, value: true }],
    ['true', 3, { ok: false, at: '$', want: 'at most 3 characters' }],
    ['tru', 4, { ok: false, at: '$', want: 'JSON text' }],
    ['1', 4, { ok: false, at: '$', want: 'true or false' }],
    [true, 4, { ok: false, at: '$', want: 'JSON text' }],
    [['true'], 4, { ok: false, at: '$', want: 'JSON text' }],
  ])('%o of at most %d', (text, lengthMax, result) => {
    expect(decodeText(flag, text, lengthMax)).toEqual(result);
  });
});
