/** What holds for every verdict, whatever the rules: total, pure, complete, closed when in doubt. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  proposalCodec,
  RULES,
  SIDES,
  verdictHash,
  type Case,
  type Latch,
  type OrderProposal,
  type Qty,
  type Rule,
  type Side,
  type Verdict,
} from '#firewall';
import { PROVERS } from '../../firewall/proofs.ts';
import { NOW, qty } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../firewall/proofs/base.ts';
import {
  basePosition,
  withAccount,
  withBook,
  withCancel,
  withControls,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../firewall/proofs/vary.ts';
import { checkOf } from './check-of.ts';
import { defaultPolicy } from './policy-fixture.ts';

const policy = defaultPolicy();
const base = baseCase(policy);
const cases: readonly Case[] = [
  base,
  sellCase(policy),
  exitCase(policy),
  withCancel(base),
  ...Object.values(PROVERS).map((prove) => prove(policy).refuses),
];
const codesOf = (verdict: Verdict): readonly string[] =>
  verdict.kind === 'refused' ? verdict.codes : [];

describe('every verdict', () => {
  test('has an answer of every rule, in order', () => {
    for (const c of cases)
      expect(judge(c).checks.map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
  });

  test('is approved only when no check failed, and names every failure when refused', () => {
    for (const c of cases) {
      const verdict = judge(c);
      const failed = verdict.checks.filter(({ status }) => status === 'fail');
      expect(codesOf(verdict)).toEqual(failed.map(({ code }) => code));
      expect(verdict.kind === 'refused').toBe(failed.length > 0);
      if (verdict.kind === 'approved') expect(verdict.order).toBe(c.proposal);
    }
  });

  test('has the smallest of the largest quantities', () => {
    for (const c of cases) {
      const { maxQty, checks } = judge(c);
      const all = checks.flatMap((check) => (check.maxQty === null ? [] : [check.maxQty]));
      expect(maxQty).toBe(all.length === 0 ? null : all.reduce((a, b) => (b < a ? b : a)));
    }
  });

  test('is the same again, with the same hash', () => {
    for (const c of cases) {
      expect(judge(c)).toEqual(judge(c));
      expect(verdictHash(judge(c))).toBe(verdictHash(judge(c)));
    }
  });

  test('leaves the case as it was: a frozen one is judged like a free one', () => {
    for (const c of cases) expect(judge(deepFreeze(structuredClone(c)))).toEqual(judge(c));
  });

  test('carries effects of refusals only, each with the code of a rule', () => {
    for (const c of cases) {
      const { effects, kind } = judge(c);
      if (kind !== 'refused') expect(effects).toEqual([]);
      for (const { code } of effects) expect(RULES.map((rule) => rule.code)).toContain(code);
    }
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** Every place in a case that holds a value, as a path. */
type Path = readonly string[];
function pathsOf(value: unknown, path: Path = [], depth = 5): Path[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key], depth - 1)),
  ];
}
function splice<T>(value: T, path: Path, next: unknown): T {
  const [head, ...tail] = path;
  if (head === undefined) return next as T;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<
    string,
    unknown
  >;
  copy[head] = splice(copy[head], tail, next);
  return copy as T;
}

describe('a case that is not one', () => {
  const paths = pathsOf({ ...base, policy: { ...policy, limits: policy.limits.slice(0, 40) } });
  const oddities = fc.oneof(
    fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
    fc.constantFrom(Number.NaN, Infinity, -0, 2 ** 53, '60000', 60_000, -1n, null, undefined),
    fc.constant(Symbol('odd')),
  );

  test('property: anything spliced into any place gives a verdict, never a throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), oddities, (path, odd) => {
        const verdict = judge(splice<Case>(base, path, odd));
        expect(['approved', 'held', 'refused']).toContain(verdict.kind);
        expect(verdict.checks).toHaveLength(RULES.length);
        expect(verdictHash(verdict)).toMatch(/^[0-9a-f]{64}$/);
      }),
      { numRuns: 1_000 },
    );
  });

  const numbers = pathsOf(base.proposal).filter((path) => {
    let at: unknown = base.proposal;
    for (const key of path) at = (at as Record<string, unknown>)[key];
    return typeof at === 'number' || typeof at === 'bigint';
  });
  test.each(numbers.map((path) => [path.join('.'), path] as const))(
    'the proposal’s %s is never NaN, infinite, negative zero, 2^53, a fraction or text',
    (_, path) => {
      for (const odd of [Number.NaN, Infinity, -Infinity, -0, 2 ** 53, 0.5, '5', undefined])
        expect(judge(splice<Case>(base, ['proposal', ...path], odd)).kind).toBe('refused');
    },
  );

  test.each<[string, unknown, string]>([
    ['no case', null, 'PROPOSAL_MALFORMED'],
    ['no proposal', { ...base, proposal: null }, 'PROPOSAL_MALFORMED'],
    ['a text for a quantity', splice(base, ['proposal', 'qty'], '1'), 'PROPOSAL_MALFORMED'],
    ['no market', { ...base, market: null }, 'CASE_MALFORMED'],
    ['no account', { ...base, account: undefined }, 'CASE_MALFORMED'],
    ['no policy', { ...base, policy: null }, 'CASE_MALFORMED'],
    [
      'a proposal that throws when it is read',
      {
        ...base,
        get proposal(): never {
          throw new Error('hostile');
        },
      },
      'PROPOSAL_MALFORMED',
    ],
  ])('%s is refused by one code', (_, odd, code) => {
    const verdict = judge(odd as Case);
    expect(verdict).toMatchObject({
      kind: 'refused',
      codes: [code],
      effects: [],
      maxQty: null,
      reducing: false,
    });
    expect(verdict.checks[0]).toMatchObject({ status: 'fail', code });
    expect(verdict.checks.slice(1).every(({ status }) => status === 'na')).toBe(true);
    expect(verdict.checks[1]?.note).toBe('not evaluated: the proposal is malformed');
  });

  test('after a malformed proposal nothing else is said', () => {
    const verdict = judge(splice(base, ['proposal', 'confidence'], 2_000_000));
    expect(codesOf(verdict)).toEqual(['PROPOSAL_NUMBER_INVALID']);
    expect(verdict.checks[0]?.status).toBe('pass');
    expect(verdict.checks.slice(2).every(({ status }) => status === 'na')).toBe(true);
  });
});

test('a check that throws has refused', () => {
  const volume = {
    ...base.market.volume,
    get dayNotional(): never {
      throw new Error('hostile');
    },
  } as unknown as NonNullable<Case['market']['volume']>;
  const c = withMarket(base, { volume });
  expect(judge(c).kind).toBe('refused');
  expect(checkOf(c, 'B8')).toMatchObject({
    status: 'fail',
    code: 'INSTRUMENT_UNFIT_CHECK_THREW',
    note: 'the check itself failed',
  });
});

/** A limit that lets more through. */
function loosened(value: unknown, up: boolean, by: number): unknown {
  if (typeof value === 'boolean') return up;
  if (typeof value === 'number') return up ? value + by : Math.max(value - by, -PPM_FAR);
  if (typeof value === 'bigint')
    return up ? value + BigInt(by) : value > BigInt(by) ? value - BigInt(by) : 0n;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => loosened(item, up, by));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, loosened(item, up, by)]),
  );
}
const PPM_FAR = 1_000_000_000;

const judging = RULES.filter((rule) => rule.notApplicable === null);
test.each(judging.map((rule) => [rule.id, rule] as const))(
  'loosening a limit of %s never turns what it passes into a refusal',
  (id, rule: Rule) => {
    const index = RULES.indexOf(rule);
    const proof = PROVERS[id]?.(policy);
    const own =
      proof === undefined ? [base] : [base, exitCase(policy), proof.passes, proof.refuses];
    for (const [name, { loosen }] of Object.entries(rule.params)) {
      if (loosen === 'none') continue;
      for (const by of [1, 1_000, 1_000_000_000])
        for (const c of own) {
          const limits = { ...c.policy.limits[index] };
          limits[name] = loosened(limits[name], loosen === 'up', by);
          const looser = { ...c.policy, limits: c.policy.limits.with(index, limits) };
          const before = checkOf(c, id).status;
          if (before === 'pass')
            expect(checkOf({ ...c, policy: looser }, id).status, name).not.toBe('fail');
        }
    }
  },
);

const lots = fc.integer({ min: 1, max: 1_200 }).map((count) => BigInt(count) * qty('0.0001'));
const sides = fc.constantFrom(...SIDES);
const entry = (side: Side, amount: bigint): Case =>
  withOrder(side === 'buy' ? base : sellCase(policy), {
    qty: amount as Qty,
    claims: { notional: null, riskReward: null },
  });

test('property: one more working order of the same side never turns a refusal into an approval', () => {
  fc.assert(
    fc.property(sides, lots, lots, fc.option(lots), (side, amount, working, held) => {
      let c = entry(side, amount);
      if (held !== null) c = withPosition(c, { qty: (side === 'buy' ? held : 0n - held) as Qty });
      const more = withWorking(c, {
        side,
        qty: working as Qty,
        price: (c.proposal as OrderProposal).limitPrice as NonNullable<OrderProposal['limitPrice']>,
      });
      if (judge(c).kind === 'refused') expect(judge(more).kind).toBe('refused');
      const exposure = (verdict: Verdict) =>
        verdict.checks.flatMap(({ rule, status }) =>
          rule.startsWith('E') && status === 'fail' ? [rule] : [],
        );
      for (const rule of exposure(judge(c))) expect(exposure(judge(more))).toContain(rule);
    }),
    { numRuns: 200 },
  );
});

const latched = (c: Case, state: Latch['state']): Case =>
  withControls(c, {
    latches: [{ scope: 'account', key: 'main', state, reason: 'a test', by: 'ana', at: NOW }],
  });
const exit = (amount: bigint, held: bigint): Case => {
  const short = held < 0n;
  const c = withPosition(base, { qty: held as Qty, entryPrice: basePosition.entryPrice });
  return withOrder(c, {
    side: short ? 'buy' : 'sell',
    qty: amount as Qty,
    limitPrice: c.market.book?.[short ? 'asks' : 'bids'][0]?.price ?? null,
    reduceOnly: true,
    stopPrice: null,
    targetPrice: null,
    claims: { notional: null, riskReward: null },
  });
};
const shortOrLong = (amount: bigint, side: Side): bigint => (side === 'buy' ? amount : 0n - amount);

describe('while only reducing is allowed', () => {
  // From the venue's smallest quantity up.
  const positions = lots.filter((amount) => amount >= qty('0.001'));

  test('property: the exit of the whole position is approved, long or short', () => {
    fc.assert(
      fc.property(positions, sides, (amount, side) => {
        const verdict = judge(latched(exit(amount, shortOrLong(amount, side)), 'REDUCE_ONLY'));
        expect(codesOf(verdict)).toEqual([]);
        expect(verdict).toMatchObject({ kind: 'approved', reducing: true });
      }),
      { numRuns: 60 },
    );
  });

  test('property: a flat account gets nothing approved', () => {
    fc.assert(
      fc.property(lots, sides, fc.boolean(), (amount, side, reduceOnly) => {
        const c = withOrder(entry(side, amount), { reduceOnly });
        expect(judge(latched(c, 'REDUCE_ONLY')).kind).toBe('refused');
      }),
      { numRuns: 60 },
    );
  });

  test('property: an order that would turn the position over is refused, also where all is allowed if it says reduce-only', () => {
    fc.assert(
      fc.property(positions, lots, sides, (held, beyond, side) => {
        const c = exit(held + beyond, shortOrLong(held, side));
        expect(judge(latched(c, 'REDUCE_ONLY'))).toMatchObject({
          kind: 'refused',
          reducing: false,
        });
        expect(judge(c).kind).toBe('refused');
      }),
      { numRuns: 60 },
    );
  });

  test('property: an exit beside a working exit that covers part of it is no exit any more', () => {
    fc.assert(
      fc.property(positions, lots, (held, working) => {
        const c = withWorking(exit(held, held), {
          side: 'sell',
          qty: working as Qty,
          reduceOnly: true,
        });
        expect(judge(c).reducing).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a cancel', () => {
  const nothing = withMarket(withCancel(base), {
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
  });
  const broke = withAccount(nothing, {
    equity: null,
    cash: null,
    free: null,
    positions: null,
    working: null,
    marks: null,
    day: null,
    decisions: null,
    trades: null,
    fills: null,
    flow: null,
    unexplained: null,
  });

  test('is approved in any state, with nothing known of market or money', () => {
    for (const state of ['ACTIVE', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED'] as const) {
      const verdict = judge(latched(broke, state));
      expect(codesOf(verdict)).toEqual([]);
      expect(verdict.kind).toBe('approved');
    }
  });

  test('is judged by no rule but those that ask who, when, where and whether it is recorded', () => {
    for (const rule of RULES) {
      const check = checkOf(broke, rule.id);
      if (rule.cancels) continue;
      expect(check.status, rule.id).toBe('na');
    }
    const asked = RULES.filter((rule) => rule.cancels).map(({ id }) => id);
    expect(asked.slice(0, 6)).toEqual(['A1', 'A2', 'A7', 'A8', 'A9', 'B12']);
    for (const id of asked) expect(['A', 'B', 'H', 'C']).toContain(id.slice(0, 1));
  });
});

test('reducing orders are exempt from no more than the specification says', () => {
  const EXEMPT =
    'B4 B8 B9 B10 C8 C9 C10 E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 E14 E15 E16 E17 E18 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F19 F20 F21 G1 G2 G3 G4 G5 G6';
  const exempt = judging.filter((rule) => rule.reducing === 'exempt').map(({ id }) => id);
  expect(exempt.toSorted()).toEqual(EXEMPT.split(' ').toSorted());
});

test('the proposal of an approval still is the proposal that was judged, word for word', () => {
  const verdict = judge(base);
  if (verdict.kind !== 'approved') throw new Error('the base case is approved');
  expect(proposalCodec.write(verdict.order)).toEqual(proposalCodec.write(base.proposal));
});

test('a crossed book is no reason to throw', () => {
  const crossed = withBook(base, {
    bids: base.market.book?.asks ?? [],
    asks: base.market.book?.bids ?? [],
  });
  expect(judge(crossed).kind).toBe('refused');
});
