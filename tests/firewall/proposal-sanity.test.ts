/** Proposals whose types were erased: each part that is not what it must be is named, and the edge of each number holds. */
import { describe, expect, test } from 'vitest';
import type { Proposal } from '#firewall';
import { numberFault, shapeFault } from '../../firewall/proposal-sanity.ts';
import { baseOrder } from '../../firewall/proofs/views.ts';
import { NOW } from '../../firewall/proofs/amounts.ts';

const { provenance, account, venue, network, symbol, id, createdAt } = baseOrder;
const cancel = {
  kind: 'cancel',
  id,
  createdAt,
  provenance,
  account,
  venue,
  network,
  symbol,
  target: 'order-1',
} as const;
type Change = Readonly<Record<string, unknown>>;
const order = (change: Change): unknown => ({ ...baseOrder, ...change });
const LONG = 'x'.repeat(64);
const NAMES = ['', `${LONG}x`, 5, null, undefined] as const;

describe('the shape', () => {
  test('of an order and of a cancel is in order', () => {
    expect(shapeFault(baseOrder)).toBeNull();
    expect(shapeFault(cancel)).toBeNull();
    expect(shapeFault({ ...cancel, target: LONG })).toBeNull();
  });

  test.each([null, undefined, 5, 'order', true])('of %s is none', (value) => {
    expect(shapeFault(value)).toBe('proposal');
  });

  test('must be of a kind that is known', () => {
    expect(shapeFault(order({ kind: 'halt' }))).toBe('kind');
    for (const target of NAMES) expect(shapeFault({ ...cancel, target })).toBe('target');
  });

  test('has an id of 32 letters', () => {
    for (const wrong of ['a'.repeat(31), 'a'.repeat(33), 5, null])
      expect(shapeFault(order({ id: wrong }))).toBe('id');
    expect(shapeFault(order({ id: Array.from({ length: 32 }) }))).toBe('id');
  });

  test.each(['account', 'venue', 'symbol'])('names its %s in up to 64 letters', (key) => {
    expect(shapeFault(order({ [key]: LONG }))).toBeNull();
    for (const wrong of NAMES) expect(shapeFault(order({ [key]: wrong }))).toBe(key);
  });

  test.each(['network', 'side', 'type', 'tif', 'taint'])('chooses its %s', (key) => {
    for (const wrong of ['', 'other', null, undefined, 0])
      expect(shapeFault(order({ [key]: wrong }))).toBe(key);
  });

  test.each(['desk', 'strategy', 'agent', 'agentVersion', 'graphVersion'])(
    'names the %s that it comes from',
    (key) => {
      for (const wrong of NAMES)
        expect(shapeFault(order({ provenance: { ...provenance, [key]: wrong } }))).toBe(
          'provenance',
        );
    },
  );

  test('names the model that it comes from, or none', () => {
    const from = (modelId: unknown) =>
      shapeFault(order({ provenance: { ...provenance, modelId } }));
    expect(from(null)).toBeNull();
    expect(from(LONG)).toBeNull();
    for (const wrong of ['', `${LONG}x`, 5, undefined]) expect(from(wrong)).toBe('provenance');
    for (const wrong of [null, undefined, 'desk'])
      expect(shapeFault(order({ provenance: wrong }))).toBe('provenance');
  });

  test.each(['qty', 'basisMid'])('has a whole %s', (key) => {
    for (const wrong of [1, '1', null, undefined, 1.5])
      expect(shapeFault(order({ [key]: wrong }))).toBe(key);
  });

  test.each(['limitPrice', 'stopPrice', 'targetPrice'])('has a whole %s or none', (key) => {
    expect(shapeFault(order({ [key]: null }))).toBeNull();
    for (const wrong of [1, '1', undefined, 1.5])
      expect(shapeFault(order({ [key]: wrong }))).toBe(key);
  });

  test.each(['postOnly', 'reduceOnly'])('says %s or not', (key) => {
    expect(shapeFault(order({ [key]: true }))).toBeNull();
    for (const wrong of [0, 'true', null, undefined])
      expect(shapeFault(order({ [key]: wrong }))).toBe(key);
  });

  test('has a transcript of 64 letters or none', () => {
    expect(shapeFault(order({ transcript: null }))).toBeNull();
    for (const wrong of [undefined, 5, 'a'.repeat(63), 'a'.repeat(65), { length: 64 }])
      expect(shapeFault(order({ transcript: wrong }))).toBe('transcript');
  });

  test('has up to 64 pieces of evidence, each with a name', () => {
    expect(shapeFault(order({ evidence: [] }))).toBeNull();
    expect(shapeFault(order({ evidence: Array(64).fill('e') }))).toBeNull();
    for (const wrong of [null, 'e', { length: 0 }, Array(65).fill('e'), ['e', ''], [5]])
      expect(shapeFault(order({ evidence: wrong }))).toBe('evidence');
  });

  test('has up to 16 votes, each of an agent for a side or none', () => {
    const vote = { agent: 'a', side: 'none' };
    expect(shapeFault(order({ votes: [] }))).toBeNull();
    expect(shapeFault(order({ votes: Array.from({ length: 16 }, () => vote) }))).toBeNull();
    expect(shapeFault(order({ votes: [{ ...vote, side: 'sell' }] }))).toBeNull();
    for (const wrong of [
      null,
      { length: 0 },
      Array.from({ length: 17 }, () => vote),
      [null],
      ['vote'],
      [vote, { ...vote, agent: '' }],
      [{ ...vote, side: 'up' }],
      [{ agent: 'a' }],
    ])
      expect(shapeFault(order({ votes: wrong }))).toBe('votes');
  });

  test('has claims, of which the value may be missing', () => {
    expect(shapeFault(order({ claims: { notional: null, riskReward: null } }))).toBeNull();
    for (const wrong of [null, 'claims', {}, { notional: 5 }, { notional: '5' }])
      expect(shapeFault(order({ claims: wrong }))).toBe('claims');
  });

  test('has telemetry', () => {
    for (const wrong of [null, undefined, 6])
      expect(shapeFault(order({ telemetry: wrong }))).toBe('telemetry');
  });

  test('has what a price model said, in full, or nothing', () => {
    const { inference } = baseOrder;
    expect(shapeFault(order({ inference: null }))).toBeNull();
    for (const wrong of [undefined, 'model', 5])
      expect(shapeFault(order({ inference: wrong }))).toBe('inference');
    for (const change of [
      { modelId: '' },
      { modelId: `${LONG}x` },
      { artefact: 'a'.repeat(63) },
      { artefact: 'a'.repeat(65) },
      { artefact: { length: 64 } },
      { outOfDistribution: null },
      { outOfDistribution: 0 },
    ])
      expect(shapeFault(order({ inference: { ...inference, ...change } }))).toBe('inference');
  });
});

describe('a number', () => {
  const fault = (change: Change, mayBeNegative = false): string | null =>
    numberFault(order(change) as Proposal, mayBeNegative);
  const MAX = 10n ** 28n;
  const TIME_MAX = 8_640_000_000_000_000;
  const NO_NUMBERS = [Number.NaN, -0, 1.5, '1', null, undefined, Infinity] as const;

  test('of an order and of a cancel is in order', () => {
    expect(fault({})).toBeNull();
    expect(numberFault(cancel as Proposal, false)).toBeNull();
    // A cancel has one number; whatever else it carries is not looked at.
    expect(numberFault({ ...cancel, qty: 0n } as unknown as Proposal, false)).toBeNull();
    expect(numberFault({ ...cancel, createdAt: -1 } as unknown as Proposal, false)).toBe(
      'createdAt',
    );
  });

  test('of a quantity is above zero', () => {
    for (const qty of [1n, MAX]) expect(fault({ qty })).toBeNull();
    for (const qty of [0n, -1n, MAX + 1n]) {
      expect(fault({ qty })).toBe('qty');
      expect(fault({ qty }, true)).toBe('qty');
    }
  });

  test.each(['limitPrice', 'stopPrice', 'targetPrice', 'basisMid'])(
    'of a price (%s) is above zero, unless the market knows prices below',
    (key) => {
      for (const value of [1n, MAX]) expect(fault({ [key]: value })).toBeNull();
      for (const value of [0n, -1n, MAX + 1n]) expect(fault({ [key]: value })).toBe(key);
      for (const value of [0n, -1n, -MAX, MAX]) expect(fault({ [key]: value }, true)).toBeNull();
      for (const value of [-MAX - 1n, MAX + 1n]) expect(fault({ [key]: value }, true)).toBe(key);
    },
  );

  test('of a price may be missing where there may be none', () => {
    expect(fault({ limitPrice: null, stopPrice: null, targetPrice: null })).toBeNull();
  });

  test.each<readonly [string, number, number]>([
    ['createdAt', 0, TIME_MAX],
    ['expiresAt', 0, TIME_MAX],
    ['horizonMs', 0, 366 * 86_400_000],
    ['confidence', 0, 1_000_000],
    ['expectedMove', -1_000_000_000, 1_000_000_000],
    ['basisAt', 0, TIME_MAX],
    ['basisVersion', 0, Number.MAX_SAFE_INTEGER],
  ])('of %s is whole and bounded', (key, min, max) => {
    for (const value of [min, max, 1]) expect(fault({ [key]: value })).toBeNull();
    for (const value of [min - 1, max + 1]) expect(fault({ [key]: value })).toBe(key);
    for (const value of NO_NUMBERS)
      if (!(key === 'expiresAt' && value === null)) expect(fault({ [key]: value })).toBe(key);
  });

  test('of a claim is whole and bounded, or missing', () => {
    const claimed = (riskReward: unknown) =>
      fault({ claims: { ...baseOrder.claims, riskReward }, createdAt: NOW });
    for (const value of [null, 0, 1_000_000_000, -1_000_000_000]) expect(claimed(value)).toBeNull();
    for (const value of [1_000_000_001, -1_000_000_001, -0, Number.NaN, undefined])
      expect(claimed(value)).toBe('claims');
  });

  test.each(['steps', 'tokens', 'toolErrors'])('of %s is counted', (key) => {
    const counted = (value: unknown) =>
      fault({ telemetry: { ...baseOrder.telemetry, [key]: value } });
    for (const value of [0, Number.MAX_SAFE_INTEGER]) expect(counted(value)).toBeNull();
    for (const value of [-1, 2 ** 53, ...NO_NUMBERS]) expect(counted(value)).toBe('telemetry');
  });

  test.each([
    ['probability', 1_000_000],
    ['intervalWidth', 1_000_000],
    ['dissimilarity', 1_000_000_000],
  ])('of %s is a share', (key, max) => {
    const said = (value: unknown) => fault({ inference: { ...baseOrder.inference, [key]: value } });
    for (const value of [0, max]) expect(said(value)).toBeNull();
    for (const value of [-1, max + 1, ...NO_NUMBERS]) expect(said(value)).toBe('inference');
    expect(fault({ inference: null })).toBeNull();
  });
});
