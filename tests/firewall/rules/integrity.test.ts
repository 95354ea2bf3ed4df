/** Family A, part one: every way of being malformed has its refusal, and the limits are inclusive. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Case, OrderProposal } from '#firewall';
import {
  NOW,
  ago,
  ahead,
  digest,
  ppm,
  price,
  qty,
  span,
  time,
} from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withBook,
  withCancel,
  withInstrument,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { baseOrder } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
/** A proposal with values that no type would let through. */
const splice = (change: object, c: Case = base): Case => ({
  ...c,
  proposal: { ...c.proposal, ...change },
});
const order = (change: Partial<OrderProposal>, c: Case = base): Case => withOrder(c, change);
const { provenance, telemetry, inference } = baseOrder;

describe('A1 shape', () => {
  test.each<[string, object]>([
    ['id', { id: 7 }],
    ['id', { id: 'a'.repeat(31) }],
    ['account', { account: '' }],
    ['account', { account: undefined }],
    ['venue', { venue: 'v'.repeat(65) }],
    ['symbol', { symbol: null }],
    ['network', { network: 'real' }],
    ['provenance', { provenance: null }],
    ['provenance', { provenance: { ...provenance, desk: '' } }],
    ['provenance', { provenance: { ...provenance, strategy: '' } }],
    ['provenance', { provenance: { ...provenance, agent: 4 } }],
    ['provenance', { provenance: { ...provenance, agentVersion: undefined } }],
    ['provenance', { provenance: { ...provenance, graphVersion: '' } }],
    ['provenance', { provenance: { ...provenance, modelId: undefined } }],
    ['provenance', { provenance: { ...provenance, modelId: '' } }],
    ['kind', { kind: 'swap' }],
    ['side', { side: 'both' }],
    ['type', { type: 'stop' }],
    ['tif', { tif: 'day' }],
    ['limitPrice', { limitPrice: 1 }],
    ['stopPrice', { stopPrice: '1' }],
    ['targetPrice', { targetPrice: undefined }],
    ['basisMid', { basisMid: null }],
    ['postOnly', { postOnly: 0 }],
    ['reduceOnly', { reduceOnly: 'no' }],
    ['taint', { taint: 'mail' }],
    ['transcript', { transcript: 'abc' }],
    ['transcript', { transcript: 1 }],
    ['evidence', { evidence: 'all' }],
    ['evidence', { evidence: Array.from({ length: 65 }, () => 'x') }],
    ['evidence', { evidence: ['x', ''] }],
    ['votes', { votes: {} }],
    ['votes', { votes: Array.from({ length: 17 }, () => ({ agent: 'a', side: 'buy' })) }],
    ['votes', { votes: [null] }],
    ['votes', { votes: [{ agent: '', side: 'buy' }] }],
    ['votes', { votes: [{ agent: 'a', side: 'up' }] }],
    ['claims', { claims: null }],
    ['claims', { claims: { notional: 1, riskReward: null } }],
    ['telemetry', { telemetry: 1 }],
    ['inference', { inference: 'sure' }],
    ['inference', { inference: { ...inference, modelId: '' } }],
    ['inference', { inference: { ...inference, artefact: 'abc' } }],
    ['inference', { inference: { ...inference, artefact: 7 } }],
    ['inference', { inference: { ...inference, outOfDistribution: 1 } }],
  ])('a bad %s is refused: %o', (part, change) => {
    expect(outcomeOf(splice(change), 'A1')).toBe(`PROPOSAL_MALFORMED (${part})`);
  });

  test('a quantity that is no amount is refused, whoever notices first', () => {
    for (const bad of ['0.01', 0.01, null, {}])
      expect(outcomeOf(splice({ qty: bad }), 'A1')).toBe('PROPOSAL_MALFORMED (qty)');
  });

  test('what may be absent, may: null and empty lists are shapes too', () => {
    const sparse = {
      limitPrice: null,
      stopPrice: null,
      targetPrice: null,
      transcript: null,
      inference: null,
      evidence: [],
      votes: [{ agent: 'technical', side: 'none' as const }],
      claims: { notional: null, riskReward: null },
      provenance: { ...provenance, modelId: null },
    };
    expect(outcomeOf(order(sparse), 'A1')).toBe('pass');
    expect(outcomeOf(order({ transcript: digest('1'), account: 'a'.repeat(64) }), 'A1')).toBe(
      'pass',
    );
    const most = {
      evidence: Array.from({ length: 64 }, () => 'x'),
      votes: Array.from({ length: 16 }, () => ({ agent: 'a', side: 'sell' as const })),
    };
    expect(outcomeOf(order(most), 'A1')).toBe('pass');
  });

  test('cancels are judged too', () => {
    expect(outcomeOf(withCancel(base), 'A1')).toBe('pass');
    expect(outcomeOf(splice({ target: '' }, withCancel(base)), 'A1')).toBe(
      'PROPOSAL_MALFORMED (target)',
    );
  });
});

const SAFE = Number.MAX_SAFE_INTEGER;
describe('A2 numbers', () => {
  test.each<[string, object]>([
    ['createdAt', { createdAt: -1 }],
    ['createdAt', { createdAt: 8_640_000_000_000_001 }],
    ['qty', { qty: 0n }],
    ['qty', { qty: -1n }],
    ['qty', { qty: 10n ** 28n + 1n }],
    ['limitPrice', { limitPrice: 0n }],
    ['limitPrice', { limitPrice: 10n ** 28n + 1n }],
    ['stopPrice', { stopPrice: 0n }],
    ['targetPrice', { targetPrice: -5n }],
    ['basisMid', { basisMid: 0n }],
    ['expiresAt', { expiresAt: -1 }],
    ['horizonMs', { horizonMs: -1 }],
    ['horizonMs', { horizonMs: 366 * 86_400_000 + 1 }],
    ['confidence', { confidence: 1_000_001 }],
    ['confidence', { confidence: -1 }],
    ['expectedMove', { expectedMove: 1_000_000_001 }],
    ['expectedMove', { expectedMove: -1_000_000_001 }],
    ['basisAt', { basisAt: -1 }],
    ['basisVersion', { basisVersion: -1 }],
    ['claims', { claims: { notional: null, riskReward: 1_000_000_001 } }],
    ['telemetry', { telemetry: { ...telemetry, steps: -1 } }],
    ['telemetry', { telemetry: { ...telemetry, tokens: 1.5 } }],
    ['telemetry', { telemetry: { ...telemetry, toolErrors: null } }],
    ['inference', { inference: { ...inference, probability: 1_000_001 } }],
    ['inference', { inference: { ...inference, intervalWidth: -1 } }],
    ['inference', { inference: { ...inference, dissimilarity: 1_000_000_001 } }],
  ])('a bad %s is refused: %o', (part, change) => {
    expect(outcomeOf(splice(change), 'A2')).toBe(`PROPOSAL_NUMBER_INVALID (${part})`);
  });

  const COUNTS = [
    'createdAt',
    'expiresAt',
    'horizonMs',
    'confidence',
    'expectedMove',
    'basisAt',
    'basisVersion',
  ];
  const ODD = [Number.NaN, Infinity, -Infinity, -0, 2 ** 53, 0.5, '5', 5n, undefined];
  test.each(COUNTS)('%s takes no NaN, infinity, negative zero, 2^53, fraction or text', (key) => {
    for (const odd of ODD)
      expect(outcomeOf(splice({ [key]: odd }), 'A2')).toBe(`PROPOSAL_NUMBER_INVALID (${key})`);
  });

  test('the bounds themselves pass', () => {
    const low = {
      createdAt: time(0),
      expiresAt: time(0),
      horizonMs: span(0),
      confidence: ppm(0),
      expectedMove: ppm(-1_000_000_000),
      basisAt: time(0),
      basisVersion: 0,
      qty: 1n as typeof baseOrder.qty,
      limitPrice: 1n as typeof baseOrder.limitPrice,
    };
    const high = {
      createdAt: time(8_640_000_000_000_000),
      horizonMs: span(366 * 86_400_000),
      confidence: ppm(1_000_000),
      expectedMove: ppm(1_000_000_000),
      basisVersion: SAFE,
      qty: (10n ** 28n) as typeof baseOrder.qty,
      limitPrice: (10n ** 28n) as typeof baseOrder.limitPrice,
      claims: { notional: null, riskReward: ppm(-1_000_000_000) },
      inference: { ...baseOrder.inference, dissimilarity: 1_000_000_000, probability: 0 },
    };
    expect(outcomeOf(splice(low), 'A2')).toBe('pass');
    expect(outcomeOf(splice(high), 'A2')).toBe('pass');
    expect(outcomeOf(splice({ inference: null, expiresAt: null }), 'A2')).toBe('pass');
  });

  test('prices below zero pass only where the instrument allows them', () => {
    const negative = splice({ limitPrice: -1n, stopPrice: -(10n ** 28n), targetPrice: 0n });
    const allowed = withInstrument(negative, { priceMin: price('-100') });
    expect(outcomeOf(allowed, 'A2')).toBe('pass');
    expect(outcomeOf(withMarket(negative, { instrument: null }), 'A2')).toBe(
      'PROPOSAL_NUMBER_INVALID (limitPrice)',
    );
    expect(outcomeOf(withInstrument(negative, { priceMin: price('0') }), 'A2')).toBe(
      'PROPOSAL_NUMBER_INVALID (limitPrice)',
    );
    const beyond = splice({ limitPrice: -(10n ** 28n) - 1n }, allowed);
    expect(outcomeOf(beyond, 'A2')).toBe('PROPOSAL_NUMBER_INVALID (limitPrice)');
  });

  test('a cancel has only its time', () => {
    expect(outcomeOf(withCancel(base), 'A2')).toBe('pass');
    expect(outcomeOf(splice({ createdAt: Number.NaN }, withCancel(base)), 'A2')).toBe(
      'PROPOSAL_NUMBER_INVALID (createdAt)',
    );
  });
});

describe('A3 grid', () => {
  test.each<[string, Partial<OrderProposal>, string, bigint, bigint]>([
    ['a quantity', { qty: qty('0.01001') }, 'qty', qty('0.01001'), qty('0.01')],
    [
      'a buying limit',
      { limitPrice: price('60000.07') },
      'limitPrice',
      price('60000.07'),
      price('60000'),
    ],
    ['a stop', { stopPrice: price('59100.05') }, 'stopPrice', price('59100.05'), price('59100')],
    [
      'a target',
      { targetPrice: price('61800.05') },
      'targetPrice',
      price('61800.05'),
      price('61800'),
    ],
  ])('%s off the grid is refused with the nearest legal value', (_, change, note, was, legal) => {
    expect(checkOf(order(change), 'A3')).toMatchObject({
      code: 'ORDER_OFF_GRID',
      note,
      observed: was,
      limit: legal,
      maxQty: null,
    });
  });

  test('a selling limit is moved up, never to a price that asks for more', () => {
    const sell = order({ side: 'sell', limitPrice: price('60000.01') });
    expect(checkOf(sell, 'A3')).toMatchObject({ limit: price('60000.1') });
  });

  test.each([
    ['instrument', withMarket(base, { instrument: null })],
    ['tick or lot of the instrument', withInstrument(base, { tick: price('0') })],
    ['tick or lot of the instrument', withInstrument(base, { lot: qty('0') })],
  ])('without %s it is refused', (what, c) => {
    expect(outcomeOf(c, 'A3')).toBe(`ORDER_OFF_GRID_INPUT_MISSING (${what})`);
  });

  test('prices that are not given cannot be off the grid; exits are judged like entries', () => {
    const bare = { limitPrice: null, stopPrice: null, targetPrice: null };
    expect(outcomeOf(order(bare), 'A3')).toBe('pass');
    expect(checkOf(order({ qty: qty('0.01001') }, exitCase(base.policy)), 'A3').code).toBe(
      'ORDER_OFF_GRID',
    );
    expect(outcomeOf(withCancel(base), 'A3')).toBe('na');
  });

  test('property: on the grid passes, and one unit beside it does not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (steps) => {
        const lots = (BigInt(steps) * 10_000n) as typeof baseOrder.qty;
        expect(outcomeOf(order({ qty: lots }), 'A3')).toBe('pass');
        const beside = order({ qty: (lots + 1n) as typeof lots });
        expect(checkOf(beside, 'A3').limit).toBe(lots);
      }),
      { numRuns: 30 },
    );
  });
});

describe('A4 support', () => {
  const resting = { tif: 'gtc' as const };
  test.each<[string, Case]>([
    ['type', withInstrument(base, { orderTypes: ['market'] })],
    ['tif', withInstrument(base, { tifs: ['gtc'] })],
    ['market with a limit price', order({ type: 'market' })],
    ['market that would rest', order({ type: 'market', limitPrice: null, ...resting })],
    ['limit without a limit price', order({ limitPrice: null })],
    ['postOnly', withInstrument(order({ ...resting, postOnly: true }), { postOnly: false })],
    ['postOnly that would take', order({ postOnly: true })],
    ['postOnly that would take', order({ postOnly: true, tif: 'fok' })],
    ['postOnly that would take', order({ type: 'market', limitPrice: null, postOnly: true })],
    ['reduceOnly', withInstrument(order({ reduceOnly: true }), { reduceOnly: false })],
    ['expiresAt without gtd, or gtd without it', order({ expiresAt: ahead(1) })],
    ['expiresAt without gtd, or gtd without it', order({ tif: 'gtd' })],
  ])('%s is refused', (why, c) => {
    expect(outcomeOf(c, 'A4')).toBe(`ORDER_UNSUPPORTED (${why})`);
  });

  test.each<[string, Partial<OrderProposal>]>([
    ['a resting limit', resting],
    ['a post-only limit', { ...resting, postOnly: true }],
    ['a limit with an end', { tif: 'gtd', expiresAt: ahead(1) }],
    ['a market order', { type: 'market', limitPrice: null }],
    ['a market order, all or nothing', { type: 'market', limitPrice: null, tif: 'fok' }],
    ['a reduce-only order', { reduceOnly: true }],
  ])('%s passes', (_, change) => {
    expect(outcomeOf(order(change), 'A4')).toBe('pass');
  });

  test('an unknown instrument supports nothing', () => {
    expect(outcomeOf(withMarket(base, { instrument: null }), 'A4')).toBe(
      'ORDER_UNSUPPORTED_INPUT_MISSING (instrument)',
    );
  });
});

describe('A5 bracket', () => {
  const sell = sellCase(base.policy);
  test.each<[string, Case]>([
    ['no stop', order({ stopPrice: null })],
    ['stop not on the losing side', order({ stopPrice: price('60000') })],
    ['stop not on the losing side', order({ stopPrice: price('59999.5') }, sell)],
    ['stop already passed', order({ stopPrice: price('59999.5') })],
    ['stop already passed', order({ stopPrice: price('60000') }, sell)],
    ['target not on the winning side', order({ targetPrice: price('60000') })],
    ['target not on the winning side', order({ targetPrice: price('59999.5') }, sell)],
    // 0.2 % of 60,000 is 120.
    ['stop too near', order({ stopPrice: price('59880.1') })],
  ])('%s is refused', (why, c) => {
    expect(outcomeOf(c, 'A5')).toBe(`BRACKET_INVALID (${why})`);
  });

  test('at both distances it passes, one tick past them it does not', () => {
    expect(checkOf(order({ stopPrice: price('59880') }), 'A5')).toMatchObject({
      status: 'pass',
      observed: 2_000,
      limit: 100_000,
    });
    expect(checkOf(order({ stopPrice: price('54000') }), 'A5')).toMatchObject({
      status: 'pass',
      observed: 100_000,
    });
    expect(checkOf(order({ stopPrice: price('53999.9') }), 'A5')).toMatchObject({
      status: 'fail',
      observed: 100_002,
      limit: 100_000,
      note: null,
    });
    expect(checkOf(order({ stopPrice: price('60119.5') }, sell), 'A5')).toMatchObject({
      status: 'pass',
      observed: 2_001,
    });
  });

  test('the stop one tick under the bid has not been passed, and the target is optional', () => {
    const loose = policyWith({ 'A5-bracket-geometry': { distanceMin: '0 %' } });
    const near = order({ stopPrice: price('59999.4') }, baseCase(loose));
    expect(outcomeOf(near, 'A5')).toBe('pass');
    expect(outcomeOf(order({ targetPrice: null }), 'A5')).toBe('pass');
    expect(outcomeOf(order({ targetPrice: price('60000.1') }), 'A5')).toBe('pass');
    expect(outcomeOf(order({ targetPrice: null }, sell), 'A5')).toBe('pass');
    expect(outcomeOf(order({ targetPrice: price('59999.4') }, sell), 'A5')).toBe('pass');
    const above = order({ stopPrice: price('60000.1') }, sellCase(loose));
    expect(outcomeOf(above, 'A5')).toBe('pass');
  });

  test('an exit needs no stop; a market order is measured from the far touch', () => {
    expect(outcomeOf(exitCase(base.policy), 'A5')).toBe('na');
    const market = order({ type: 'market', limitPrice: null, stopPrice: price('54000') });
    expect(outcomeOf(market, 'A5')).toBe('pass');
  });

  test.each([
    ['no book', withMarket(base, { book: null })],
    ['no bid', withBook(base, { bids: [] })],
    ['no ask', withBook(base, { asks: [] })],
    ['no price', withBook(order({ type: 'market', limitPrice: null }), { asks: [] })],
  ])('with %s it is refused', (_, c) => {
    expect(outcomeOf(c, 'A5')).toBe('BRACKET_INVALID_INPUT_MISSING (price or quote)');
  });

  test('distances have no meaning at or below zero', () => {
    for (const limitPrice of [price('-1'), price('0')]) {
      const odd = withInstrument(order({ limitPrice, stopPrice: price('-2') }), {
        priceMin: price('-5'),
      });
      expect(outcomeOf(odd, 'A5')).toBe(
        'BRACKET_INVALID_INPUT_MISSING (an entry price above zero)',
      );
    }
  });
});

describe('A6 lifetime', () => {
  const DAY = 86_400_000;
  const until = (ms: number): Case => order({ tif: 'gtd', expiresAt: ahead(ms) });

  test('an end in the future and in time passes, inclusive', () => {
    expect(checkOf(until(1), 'A6')).toMatchObject({ status: 'pass', observed: 1, limit: DAY });
    expect(outcomeOf(until(DAY), 'A6')).toBe('pass');
    expect(outcomeOf(until(DAY + 1), 'A6')).toBe('ORDER_LIFETIME_INVALID');
  });

  test('an end that is now, or was, is refused', () => {
    expect(outcomeOf(until(0), 'A6')).toBe('ORDER_LIFETIME_INVALID (already over)');
    expect(checkOf(until(-5), 'A6')).toMatchObject({ observed: -5, note: 'already over' });
  });

  test('without an end it rests only where that is allowed', () => {
    const gtc = order({ tif: 'gtc' });
    expect(outcomeOf(gtc, 'A6')).toBe('pass');
    const closed = policyWith({ 'A6-order-lifetime': { openEnded: false } });
    expect(outcomeOf({ ...gtc, policy: closed }, 'A6')).toBe(
      'ORDER_LIFETIME_INVALID (gtc has no end)',
    );
  });

  test('what does not rest has no lifetime; a gtd order without an end is refused', () => {
    expect(outcomeOf(base, 'A6')).toBe('na');
    expect(outcomeOf(order({ tif: 'fok' }), 'A6')).toBe('na');
    expect(outcomeOf(order({ tif: 'gtd' }), 'A6')).toBe(
      'ORDER_LIFETIME_INVALID_INPUT_MISSING (expiresAt)',
    );
  });
});

describe('A7 age', () => {
  const made = (createdAt: number): Case => order({ createdAt: time(createdAt) });
  test('exactly the age passes, one millisecond more does not', () => {
    expect(checkOf(made(ago(60_000)), 'A7')).toMatchObject({
      status: 'pass',
      observed: 60_000,
      limit: 60_000,
    });
    expect(outcomeOf(made(ago(60_001)), 'A7')).toBe('PROPOSAL_EXPIRED');
  });

  test('a clock that is a little ahead is forgiven, and no more', () => {
    expect(outcomeOf(made(ahead(2_000)), 'A7')).toBe('pass');
    expect(checkOf(made(ahead(2_001)), 'A7')).toMatchObject({
      status: 'fail',
      observed: 2_001,
      limit: 2_000,
      note: 'made in the future',
    });
  });

  test('exits and cancels grow old too', () => {
    const late = { createdAt: ago(60_001) };
    expect(outcomeOf(withOrder(exitCase(base.policy), late), 'A7')).toBe('PROPOSAL_EXPIRED');
    expect(outcomeOf(withCancel(base, late), 'A7')).toBe('PROPOSAL_EXPIRED');
  });

  test('property: older never passes where younger did not', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 200_000 }), fc.nat(100_000), (age, more) => {
        const passes = (ms: number) => outcomeOf(made(NOW - ms), 'A7') === 'pass';
        if (age >= 0 && !passes(age)) expect(passes(age + more)).toBe(false);
        expect(passes(age)).toBe(age >= -2_000 && age <= 60_000);
      }),
      { numRuns: 50 },
    );
  });
});
