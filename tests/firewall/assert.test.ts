/** An assertion that holds says nothing; one that does not names what is broken. */
import { expect, test } from 'vitest';
import { assert } from '#firewall';

test('only what does not hold is thrown, by its name', () => {
  expect(() => assert(true, 'x')).not.toThrow();
  expect(() => assert(false, 'a day has an end')).toThrow(
    new Error('invariant broken: a day has an end'),
  );
});
