/** Whatever comes off a lane that is not a sealed, canonical letter of a registered sender: on record once, and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proposalCodec, PROPOSAL_TEXT_MAX, textOf, type Envelope } from '#firewall';
import { FLOOD_MAX, FLOOD_WINDOW_MS } from '../../gate/gate-state.ts';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { COURIER, courierSays, DESK, GATE, keysOf, orderAt, sealed, World } from './world.ts';

const proposal = orderAt(NOW);
const letter = sealed(proposal);
const body = textOf(proposalCodec, proposal);
const stranger = keysOf('desk-1');
const withBody = (text: string): Envelope => DESK.sealer.seal('proposal', text);
const flipped = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;

const rows: [string, string, unknown][] = [
  ['no object', 'ENVELOPE_MALFORMED', 'hello'],
  ['null', 'ENVELOPE_MALFORMED', null],
  ['nothing', 'ENVELOPE_MALFORMED', undefined],
  ['an unknown key', 'ENVELOPE_MALFORMED', { ...letter, note: 'please' }],
  ['a body that is too long', 'ENVELOPE_MALFORMED', { ...letter, body: 'x'.repeat(70_000) }],
  ['an unknown desk', 'DESK_UNKNOWN', { ...letter, from: 'desk-2' }],
  ['a seal by another key', 'SEAL_INVALID', sealed(proposal, stranger)],
  ['a changed body', 'SEAL_INVALID', { ...letter, body: body.replace('"buy"', '"sell"') }],
  ['a changed seal', 'SEAL_INVALID', { ...letter, signature: flipped(letter.signature) }],
  ['a seal of another kind', 'SEAL_INVALID', DESK.sealer.seal('outcome', body)],
  ['no JSON', 'PROPOSAL_MALFORMED', withBody('{')],
  ['a space', 'PROPOSAL_MALFORMED', withBody(body.replace(':', ': '))],
  ['a key twice', 'PROPOSAL_MALFORMED', withBody(body.replace('{', '{"account":"other",'))],
  ['an unknown field', 'PROPOSAL_MALFORMED', withBody(body.replace('{', '{"Z":1,'))],
  [
    'a text that is too long',
    'PROPOSAL_MALFORMED',
    withBody(`${body}${' '.repeat(PROPOSAL_TEXT_MAX)}`),
  ],
  ['another account', 'ACCOUNT_FOREIGN', sealed({ ...proposal, account: 'other' })],
  [
    'the name of another desk',
    'DESK_MISMATCH',
    sealed({ ...proposal, provenance: { ...proposal.provenance, desk: 'desk-9' } }),
  ],
];

describe('proposals', () => {
  test.each(rows)('%s is recorded as %s, once', (_what, code, payload) => {
    const world = new World().fund();
    expect(world.gate.receiveProposal(payload)).toEqual([]);
    expect(world.gate.receiveProposal(payload)).toEqual([]);
    expect(world.events('malformed').map((event) => event.code)).toEqual([code]);
    expect(world.events('decision')).toEqual([]);
    // Its text is nowhere in the record: only a hash and our own words.
    expect(world.events('malformed')[0]?.detail).toMatch(/^[\x20-\x7e]{1,200}$/);
  });

  test('the same letter unchanged is judged', () => {
    const world = new World().fund();
    expect(world.gate.receiveProposal(letter)).toHaveLength(1);
  });

  test('anything at all never throws and never sends', () => {
    const world = new World().fund();
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue()), (payload) => {
        expect(world.gate.receiveProposal(payload)).toEqual([]);
        expect(world.gate.receiveOutcome(payload)).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(world.events('decision')).toEqual([]);
  });

  test('no changed letter is ever approved', () => {
    const world = new World().fund();
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 32, max: 126 }), (index, code) => {
        const text = body.slice(0, index) + String.fromCharCode(code) + body.slice(index + 1);
        fc.pre(text !== body);
        expect(world.gate.receiveProposal({ ...letter, body: text })).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

test('a flood of bad messages is noted as one, and ends with its hour', () => {
  const world = new World();
  const bad = (count: number, from: number): void => {
    for (let index = from; index < from + count; index += 1) world.gate.receiveProposal({ index });
  };
  bad(FLOOD_MAX, 0);
  expect(world.events('noted')).toEqual([]);
  bad(5, 10_000);
  expect(world.events('malformed')).toHaveLength(FLOOD_MAX);
  expect(world.events('noted')).toMatchObject([{ code: 'MALFORMED_FLOOD' }]);
  world.now += FLOOD_WINDOW_MS + 1;
  bad(2, 20_000);
  expect(world.events('malformed')).toHaveLength(FLOOD_MAX + 2);
});

describe('outcomes', () => {
  const says = { kind: 'noted', at: NOW, code: 'X', detail: 'y', qty: null };
  const good = courierSays(says);
  const forged: [string, string, unknown][] = [
    ["the gate's own seal", 'SEAL_INVALID', GATE.sealer.seal('outcome', good.body)],
    ["a desk's seal", 'SEAL_INVALID', DESK.sealer.seal('outcome', good.body)],
    ['a changed word', 'SEAL_INVALID', { ...good, body: good.body.replace('"y"', '"z"') }],
    ['no envelope', 'ENVELOPE_MALFORMED', good.body],
  ];
  test.each(forged)('%s changes nothing', (_what, code, payload) => {
    const world = new World();
    world.gate.receiveOutcome(payload);
    expect(world.events('noted')).toEqual([]);
    expect(world.events('malformed')).toMatchObject([{ code }]);
  });

  test('what the courier may not say, it cannot say', () => {
    const world = new World();
    for (const text of [
      '{"kind":"resumed"}',
      '{}',
      `${good.body} `,
      good.body.replace('"noted"', '"latched"'),
    ])
      world.gate.receiveOutcome(
        // Sealed by the courier itself.
        { ...courierSealed(text) },
      );
    expect(world.events('malformed').map(({ code }) => code)).toEqual(
      Array.from({ length: 4 }, () => 'OUTCOME_MALFORMED'),
    );
  });
});

const courierSealed = (text: string): Envelope => COURIER.sealer.seal('outcome', text);
