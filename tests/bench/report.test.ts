/** How figures are printed. */
import { expect, test } from 'vitest';
import { jsonLine, plain, table } from '../../bench/report.ts';

test.each([
  [undefined, ''],
  [0, '0'],
  [1234567, '1,235,000'],
  [0.000123456, '0.0001235'],
  [Number.NaN, 'NaN'],
])('%s is printed as %j', (value, text) => {
  expect(plain(value)).toBe(text);
});

test('a table aligns numbers and says which target was missed', () => {
  const rows = [
    { area: 'doors', name: 'judge', value: 120_000, unit: '/s', target: 100_000, ok: true },
    {
      area: 'doors',
      name: 'p99',
      value: 55,
      unit: 'µs',
      floor: 5,
      ratio: 11,
      target: 40,
      ok: false,
    },
  ];
  expect(table(rows).split('\n')).toEqual([
    '         value  unit  floor  × floor   target',
    'judge  120,000  /s                    100,000  ok',
    'p99         55  µs        5     11.0       40  missed',
  ]);
});

test('a JSON line has every field, null where there is nothing', () => {
  expect(JSON.parse(jsonLine({ area: 'lab', name: 'fit', value: 2, unit: 's' }))).toEqual({
    area: 'lab',
    name: 'fit',
    value: 2,
    unit: 's',
    floor: null,
    ratio: null,
    target: null,
    ok: null,
  });
});
