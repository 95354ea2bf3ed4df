/** The vault's IPC: the number of a message, however broken it is. */
import { expect, test } from 'vitest';
import { idOf } from '../../signer/vault-wire.ts';

test('a message is answered under its number, or under none', () => {
  expect(idOf({ id: 7, kind: 'nonsense' })).toBe(7);
  expect(idOf(Object.assign(() => 'x', { id: 7 }))).toBe(0);
  for (const message of [null, undefined, 5, 'id', [], {}, { id: -1 }, { id: '7' }, { id: 1.5 }])
    expect(idOf(message)).toBe(0);
});
