/** A map answers for its own names only, whatever every object inherits. */
import { expect, test } from 'vitest';
import { valueAt } from '../../firewall/lookup.ts';

test('a value of its own is found, whatever its kind', () => {
  const list = { a: 1n, b: 0, c: '', d: null, e: { f: 1 }, g: test };
  for (const [name, value] of Object.entries(list)) expect(valueAt(list, name)).toBe(value);
});

test('a name that is not there has no value', () => {
  expect(valueAt({}, 'a')).toBeUndefined();
});

test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])(
  'what every object inherits as %s is no value',
  (name) => {
    expect(valueAt({}, name)).toBeUndefined();
    expect(valueAt(JSON.parse(`{ "${name}": 1 }`) as Record<string, number>, name)).toBe(1);
  },
);
