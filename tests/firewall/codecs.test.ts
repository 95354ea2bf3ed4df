/** Every view survives the wire: decode after encode is the same value with the same canonical text. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accountViewCodec,
  canonicalText,
  caseCodec,
  checkCodec,
  controlsCodec,
  decode,
  effectCodec,
  encodePolicy,
  envelopeCodec,
  judge,
  marketViewCodec,
  proposalCodec,
  RULES,
  textOf,
  verdictCodec,
  verdictHash,
  type Case,
  type Check,
  type Codec,
  type Envelope,
  type Json,
} from '#firewall';
import { policyCodec } from '../../firewall/case-codec.ts';
import { NOW, digest, money, price, qty } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../firewall/proofs/vary.ts';
import { defaultPolicy } from './policy-fixture.ts';

const base = baseCase(defaultPolicy());
const bare = withMarket(base, {
  instrument: null,
  status: null,
  book: null,
  motion: null,
  bar: null,
  volume: null,
  volatility: null,
  reference: null,
  funding: null,
  feed: null,
  clock: null,
});
const full: Case = withControls(
  withAccount(withWorking(withPosition(base)), {
    decisions: [
      {
        at: NOW,
        proposalId: '0'.repeat(32),
        desk: 'desk-1',
        strategy: 'trend',
        agent: 'planner',
        symbol: 'BTC/USDT:USDT',
        kind: 'order',
        side: 'buy',
        type: 'limit',
        qty: qty('0.01'),
        price: price('60000'),
        notional: money('600'),
        verdict: 'approved',
        reducing: false,
      },
    ],
    trades: [
      {
        closedAt: NOW,
        symbol: 'BTC/USDT',
        strategy: 'trend',
        side: 'sell',
        qty: qty('1'),
        profit: money('-2.5'),
        byStop: true,
      },
    ],
    fills: [
      {
        at: NOW,
        symbol: 'BTC/USDT',
        strategy: 'trend',
        side: 'sell',
        qty: qty('1'),
        price: price('1'),
      },
    ],
  }),
  {
    latches: [{ scope: 'global', key: '*', state: 'HALTED', reason: 'a test', by: 'ana', at: NOW }],
    locks: [{ scope: 'symbol', key: 'BTC/USDT', code: 'X_Y', until: null }],
    modes: [{ scope: 'account', key: 'main', mode: 'review' }],
    arms: [{ network: 'main', account: 'main', by: 'ana', expiresAt: NOW }],
    approvals: [{ proposalHash: digest('e'), by: 'ana', at: NOW, expiresAt: NOW }],
    blackouts: [{ from: NOW, until: NOW, symbol: null, why: 'the rates decision' }],
  },
);
const CASES: Readonly<Record<string, Case>> = { base, bare, full, exit: exitCase(base.policy) };

function survives<T>(codec: Codec<T>, value: T): void {
  const text = textOf(codec, value);
  const again = decode(codec, JSON.parse(text));
  expect(again).toEqual({ ok: true, value });
  if (again.ok) expect(textOf(codec, again.value)).toBe(text);
}

describe.each(Object.entries(CASES))('the %s case', (_, c) => {
  test('survives as views and as a whole', () => {
    survives(proposalCodec, c.proposal);
    survives(marketViewCodec, c.market);
    survives(accountViewCodec, c.account);
    survives(controlsCodec, c.controls);
    survives(caseCodec, c);
  });

  test('gives a verdict that survives, with a hash that does not change on the way', () => {
    const verdict = judge(c);
    const written = verdictCodec.write(verdict);
    const again = decode(verdictCodec, JSON.parse(canonicalText(written)));
    expect(again.ok).toBe(true);
    if (!again.ok) return;
    expect(canonicalText(verdictCodec.write(again.value))).toBe(canonicalText(written));
    expect(judge(c).checks).toEqual(verdict.checks);
    expect(verdictHash(judge(c))).toBe(verdictHash(verdict));
  });
});

test('a cancel is a case too', () => survives(caseCodec, withCancel(base)));

test('the verdict’s hash sees every part of it', () => {
  const verdict = judge(base);
  const [first, ...rest] = verdict.checks;
  const other = { ...verdict, checks: [{ ...(first as Check), observed: 1n }, ...rest] };
  expect(verdictHash(other)).not.toBe(verdictHash(verdict));
});

test('a case whose proposal is not the one that was hashed is refused', () => {
  const swapped = withOrder(base, { qty: qty('0.02') });
  const document = caseCodec.write({ ...swapped, proposalHash: base.proposalHash });
  expect(decode(caseCodec, document)).toEqual({
    ok: false,
    at: '$.proposalHash',
    want: 'the hash of the proposal',
  });
});

test('a case with a broken policy names the place', () => {
  const document = caseCodec.write(base) as { [key: string]: Json };
  document['policy'] = { ...(document['policy'] as object), version: 0 };
  expect(decode(caseCodec, document)).toMatchObject({ ok: false, at: '$.policy.version' });
});

type Path = readonly (string | number)[];
const leaves = (value: Json, path: Path = []): Path[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
    : [path];
const setAt = (value: Json, path: Path, next: unknown): Json => {
  const [head, ...tail] = path;
  if (head === undefined) return next as Json;
  const copy = (Array.isArray(value) ? [...(value as Json[])] : { ...(value as object) }) as Record<
    string,
    Json
  >;
  copy[head] = setAt(copy[head] ?? null, tail, next);
  return copy;
};

test.each([
  ['market', marketViewCodec, marketViewCodec.write(full.market)],
  ['account', accountViewCodec, accountViewCodec.write(full.account)],
  ['controls', controlsCodec, controlsCodec.write(full.controls)],
  ['proposal', proposalCodec, proposalCodec.write(full.proposal)],
] as const)(
  'no leaf of the %s accepts what is no plain value of its kind',
  (_, codec, document) => {
    const poison = [Number.NaN, Infinity, -0, 2 ** 53, 1.5, undefined, '\u0007', {}, [], 1n];
    for (const path of leaves(document))
      for (const bad of poison) {
        const decoded = decode(codec as Codec<unknown>, setAt(document, path, bad));
        expect(decoded.ok, `${path.join('.')} took ${typeof bad}`).toBe(false);
      }
  },
);

test('an unknown and a missing key are refused at every depth', () => {
  const document = marketViewCodec.write(base.market);
  expect(decode(marketViewCodec, { ...(document as object), extra: 1 })).toMatchObject({
    ok: false,
    at: '$.extra',
  });
  const { asOf: _, ...without } = document as Record<string, Json>;
  expect(decode(marketViewCodec, without)).toMatchObject({ ok: false, at: '$.asOf' });
  expect(
    decode(marketViewCodec, setAt(document, ['instrument', 'costs', 'extra'], 1)),
  ).toMatchObject({ ok: false, at: '$.instrument.costs.extra' });
});

const value = fc.oneof(
  fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n }),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('HALTED', '1.5', 'trading'),
);
const checks = fc.record({
  rule: fc.constantFrom('A1', 'E21'),
  status: fc.constantFrom('pass', 'fail', 'na'),
  code: fc.option(fc.constant('SOME_CODE')),
  observed: value,
  limit: value,
  maxQty: fc.option(fc.bigInt({ min: 0n, max: 10n ** 20n })),
  note: fc.option(fc.constant('why')),
  retryAfterMs: fc.option(fc.nat()),
});

test('property: checks survive, and different checks have different texts', () => {
  fc.assert(
    fc.property(checks, checks, (one, two) => {
      const [a, b] = [one as Check, two as Check];
      survives(checkCodec, a);
      expect(textOf(checkCodec, a) === textOf(checkCodec, b)).toBe(
        JSON.stringify(a, marked) === JSON.stringify(b, marked),
      );
    }),
  );
});
const marked = (_key: string, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item);

test('numbers that are no integers are written as text, never as another number', () => {
  for (const odd of [Number.NaN, Infinity, -0, 0.5]) {
    const check = { ...judge(base).checks[0], observed: odd } as Check;
    expect(checkCodec.write(check)).toMatchObject({ observed: { text: `${odd}` } });
  }
});

test('what a case that was none leaves in a check still has a text', () => {
  const [check] = judge(base).checks;
  const odd = { maxQty: 5, note: { '': 0n }, retryAfterMs: 'soon', observed: Symbol('x') };
  expect(checkCodec.write({ ...check, ...odd } as unknown as Check)).toMatchObject({
    maxQty: null,
    note: 'malformed',
    retryAfterMs: null,
    observed: { text: 'symbol' },
  });
  const status = [{ '': 0n }] as unknown as 'clean';
  const reconciliation = { status, since: NOW, checkedAt: NOW };
  const runtime = { ...base.controls.runtime, reconciliation };
  expect(verdictHash(judge(withControls(base, { runtime })))).toMatch(/^[0-9a-f]{64}$/);
});

test('effects survive', () => {
  survives(effectCodec, {
    kind: 'latch',
    scope: 'account',
    key: 'main',
    state: 'REDUCE_ONLY',
    code: 'X_Y',
  });
  survives(effectCodec, {
    kind: 'lock',
    scope: 'symbol',
    key: 'BTC/USDT',
    code: 'X_Y',
    until: NOW,
  });
});

test('a policy inside a case names the first of its problems', () => {
  const document = encodePolicy(base.policy, RULES) as Record<string, unknown>;
  const { currency: _, ...without } = document;
  expect(decode(policyCodec, document)).toMatchObject({ ok: true });
  expect(decode(policyCodec, without)).toEqual({ ok: false, at: '$.currency', want: 'a value' });
  const twice = { ...without, name: '' };
  expect(decode(policyCodec, twice)).toMatchObject({ ok: false, at: '$.name' });
});

test('a letter has a body of text, up to 65,536 characters', () => {
  const letter = (body: unknown) => ({ from: 'gate', body, signature: 'AAAA' });
  const longest = 'x'.repeat(65_536);
  expect(decode(envelopeCodec, letter(longest))).toEqual({ ok: true, value: letter(longest) });
  expect(envelopeCodec.write(letter('{}') as Envelope)).toEqual(letter('{}'));
  for (const body of [`${longest}x`, 5, null, { length: 1 }, [], undefined])
    expect(decode(envelopeCodec, letter(body))).toMatchObject({
      ok: false,
      at: '$.body',
      ...(body === undefined ? {} : { want: 'text of at most 65536 characters' }),
    });
});
