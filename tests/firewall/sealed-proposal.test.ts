/** One order, one text, one hash: every other spelling of a proposal is refused. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf, openProposal, PROPOSAL_TEXT_MAX, proposalCodec, textOf } from '#firewall';
import { baseOrder } from '../../firewall/proofs/views.ts';

const text = textOf(proposalCodec, baseOrder);

test('the canonical text opens, with the hash of exactly that text', () => {
  expect(openProposal(text)).toEqual({
    ok: true,
    value: { proposal: baseOrder, hash: hashOf(proposalCodec, baseOrder) },
  });
});

const SPELLING = { ok: false, at: '$', want: 'the canonical text of the proposal' };
test.each([
  ['a space', text.replace('":', '": ')],
  ['a line at the end', `${text}\n`],
  ['a duplicate key', text.replace('{"account":', '{"account":"other","account":')],
  ['an escape', text.replace('"main"', '"m\\u0061in"')],
  [
    'another order of keys',
    JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed())),
  ],
  ['a number spelled otherwise', text.replace('"steps":6', '"steps":6.0')],
])('%s is refused', (_, other) => {
  expect(other).not.toBe(text);
  expect(openProposal(other)).toEqual(SPELLING);
});

test.each([
  ['no text', 7, 'JSON text'],
  ['no JSON', '{', 'JSON text'],
  ['too long', text.padEnd(PROPOSAL_TEXT_MAX + 1), `at most ${PROPOSAL_TEXT_MAX} characters`],
])('%s is refused', (_, other, want) => {
  expect(openProposal(other)).toEqual({ ok: false, at: '$', want });
});

test('the longest allowed text is still read', () => {
  expect(openProposal(text.padEnd(PROPOSAL_TEXT_MAX))).toEqual(SPELLING);
});

test('property: no changed character opens as the same hash', () => {
  const same = openProposal(text);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
      const other = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
      fc.pre(other !== text);
      const opened = openProposal(other);
      if (opened.ok && same.ok) expect(opened.value.hash).not.toBe(same.value.hash);
    }),
  );
});
