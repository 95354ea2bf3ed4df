/** G6 to G10: agreement, budgets, evidence, taint and stages. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  type Case,
  type DayCounters,
  type DeskRecord,
  type Evidence,
  type OrderProposal,
  type Qty,
  type RecentDecision,
  type Taint,
  type Telemetry,
  type Vote,
} from '#firewall';
import { NOW, ago, money, qty, time } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { baseAccount, baseOrder } from '../../../firewall/proofs/views.ts';
import { decision } from '../../../firewall/proofs/tempo.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const HOUR = 3_600_000;
const priceless = withMarket(withOrder(base, { limitPrice: null }), { book: null });

/** `a+` voted for the side of the order, `a-` against it, `a0` for nothing. */
const votesOf = (text: string): readonly Vote[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({
      agent: word.slice(0, -1),
      side: word.endsWith('+') ? 'buy' : word.endsWith('-') ? 'sell' : 'none',
    }));
const voted = (text: string, change: Partial<OrderProposal> = {}, c: Case = base): Case =>
  withOrder(c, { votes: votesOf(text), ...change });
const ofNews = { provenance: { ...baseOrder.provenance, strategy: 'news' } };

describe('G6 quorum', () => {
  const CODE = 'QUORUM_NOT_MET';
  test.each<[string, Case, string]>([
    ['one vote', voted('a+'), 'pass'],
    ['none', voted(''), CODE],
    ['one against', voted('a-'), CODE],
    ['one for nothing', voted('a0'), CODE],
    ['two where two are needed', voted('a+ b+', ofNews), 'pass'],
    ['one where two are needed', voted('a+ b-', ofNews), CODE],
    ['one agent twice', voted('a+ a+', ofNews), CODE],
    ['one agent of two minds', voted('a+ b+ b-', ofNews), CODE],
    ['in whichever order', voted('b- b+ a+', ofNews), CODE],
    ['no transcript', voted('a+', { transcript: null }), `${CODE}_INPUT_MISSING (the transcript)`],
    ['an exit', voted('', {}, exit), 'na'],
    ['a cancel', withCancel(voted('')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G6')).toBe(want);
  });

  test('a strategy may need nobody, and a transcript only where agreement is needed', () => {
    const alone = baseCase(
      policyWith({ 'G6-quorum': { votesMin: { default: 0, by: { news: 1 } } } }),
    );
    expect(checkOf(voted('', { transcript: null }, alone), 'G6')).toMatchObject({
      status: 'pass',
      observed: 0,
      limit: 0,
    });
    expect(outcomeOf(voted('', { transcript: null, ...ofNews }, alone), 'G6')).toBe(
      `${CODE}_INPUT_MISSING (the transcript)`,
    );
    const lenient = baseCase(policyWith({ 'G6-quorum': { transcriptRequired: false } }));
    expect(outcomeOf(voted('a+', { transcript: null }, lenient), 'G6')).toBe('pass');
  });

  test('counts agents, not votes', () => {
    expect(checkOf(voted('a+ b+ b+ c- d0 e+'), 'G6')).toMatchObject({ observed: 3, limit: 1 });
  });
});

describe('G7 agent budget', () => {
  const CODE = 'AGENT_BUDGET_EXCEEDED';
  const spent = (change: Partial<Telemetry>, c: Case = base): Case =>
    withOrder(c, { telemetry: { ...baseOrder.telemetry, ...change } });
  const proposed = (count: number, change: Partial<RecentDecision> = {}): Case =>
    withAccount(base, {
      decisions: Array.from({ length: count }, () =>
        decision({ agent: 'planner', at: ago(HOUR - 1), verdict: 'refused', ...change }),
      ),
    });

  test.each<[string, Case, string]>([
    ['as many steps as allowed', spent({ steps: 64 }), 'pass'],
    ['one more', spent({ steps: 65 }), `${CODE} (steps)`],
    ['as many tokens', spent({ tokens: 200_000 }), 'pass'],
    ['one more', spent({ tokens: 200_001 }), `${CODE} (tokens)`],
    ['as many tool errors', spent({ toolErrors: 10 }), 'pass'],
    ['one more', spent({ toolErrors: 11 }), `${CODE} (tool errors)`],
    ['as many proposals, refused ones among them', proposed(119), 'pass'],
    ['one more', proposed(120), `${CODE} (proposals)`],
    ['an hour ago', proposed(120, { at: ago(HOUR) }), 'pass'],
    ['of another agent', proposed(120, { agent: 'other' }), 'pass'],
    ['cancels', proposed(120, { kind: 'cancel' }), 'pass'],
    [
      'unknown',
      withAccount(base, { decisions: null }),
      `${CODE}_INPUT_MISSING (the recent decisions)`,
    ],
    ['an exit', spent({ steps: 999 }, exit), 'na'],
    ['a cancel', withCancel(spent({ steps: 999 })), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G7')).toBe(want);
  });

  test('locks the agent for a while', () => {
    expect(judge(spent({ steps: 65 })).effects).toEqual([
      { kind: 'lock', scope: 'agent', key: 'planner', code: CODE, until: NOW + HOUR },
    ]);
    expect(checkOf(spent({ steps: 65 }), 'G7')).toMatchObject({ observed: 65, limit: 64 });
    expect(checkOf(spent({ tokens: 300_000 }), 'G7')).toMatchObject({
      observed: 300_000,
      limit: 200_000,
    });
    expect(checkOf(spent({ toolErrors: 20 }), 'G7')).toMatchObject({ observed: 20, limit: 10 });
    expect(checkOf(proposed(4), 'G7')).toMatchObject({ observed: 5, limit: 120 });
    expect(checkOf(proposed(120), 'G7')).toMatchObject({ observed: 121, limit: 120 });
  });
});

describe('G8 evidence', () => {
  const CODE = 'EVIDENCE_UNRESOLVED';
  const known = (evidence: readonly Evidence[], cited: readonly string[], c: Case = base): Case =>
    withMarket(withOrder(c, { evidence: cited }), { evidence });
  const at = (id: string, ms: number): Evidence => ({
    id,
    availableAt: time(baseOrder.basisAt + ms),
  });

  test.each<[string, Case, string]>([
    ['known when the agent looked', known([at('a', 0)], ['a']), 'pass'],
    ['known a moment later', known([at('a', 1)], ['a']), `${CODE} (a came later than the basis)`],
    [
      'not in the store',
      known([{ id: 'a', availableAt: null }], ['a']),
      `${CODE} (a is not known)`,
    ],
    ['not even asked for', known([at('b', 0)], ['a']), `${CODE} (a is not known)`],
    [
      'the first bad one is named',
      known([at('a', 0), at('b', 5)], ['a', 'b', 'c']),
      `${CODE} (b came later than the basis)`,
    ],
    ['nothing cited', known([], []), `${CODE} (too little is cited)`],
    ['all of several', known([at('a', -9), at('b', 0)], ['a', 'b']), 'pass'],
    ['an exit may cite nothing', known([], [], exit), 'pass'],
    ['but no fiction', known([], ['a'], exit), `${CODE} (a is not known)`],
    ['a cancel', withCancel(known([], [])), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G8')).toBe(want);
  });

  test('counts what stands', () => {
    expect(checkOf(known([at('a', 0)], ['a', 'b', 'c']), 'G8')).toMatchObject({
      observed: 1,
      limit: 3,
    });
    const strict = baseCase(policyWith({ 'G8-evidence': { citedMin: 3 } }));
    expect(checkOf(known([at('a', 0)], ['a'], strict), 'G8')).toMatchObject({
      status: 'fail',
      observed: 1,
      limit: 3,
    });
    expect(checkOf(known([], [], exit), 'G8')).toMatchObject({ observed: 0, limit: 0 });
    expect(checkOf(known([at('a', 0)], ['a', 'a', 'a'], strict), 'G8')).toMatchObject({
      status: 'fail',
      observed: 1,
      limit: 3,
    });
    expect(checkOf(known([at('a', 0)], ['a', 'a'], exit), 'G8')).toMatchObject({
      status: 'pass',
      observed: 1,
      limit: 1,
    });
  });
});

describe('G9 taint', () => {
  const CODE = 'TAINTED_NOTIONAL_ABOVE_MAX';
  const tainted = (taint: Taint, size: string, votes = 'a+', c: Case = base): Case =>
    voted(votes, { taint, qty: qty(size) }, c);

  test.each<[string, Case, string]>([
    ['nothing untrusted', tainted('none', '0.05'), 'na'],
    // At 60,000 a coin, 1,000 buys 0.01666666 and 500 buys 0.00833333.
    ['news and small', tainted('news', '0.01666666'), 'pass'],
    ['news and one step larger', tainted('news', '0.01666667'), CODE],
    ['the web and small', tainted('web', '0.00833333'), 'pass'],
    ['the web and one step larger', tainted('web', '0.00833334'), CODE],
    ['a chat and one step larger', tainted('chat', '0.00833334'), CODE],
    ['large, and three agree', tainted('news', '0.05', 'a+ b+ c+'), 'pass'],
    ['large, and two agree', tainted('news', '0.05', 'a+ b+ c-'), CODE],
    [
      'unknown value',
      withOrder(priceless, { taint: 'news' }),
      `${CODE}_INPUT_MISSING (the value of the order)`,
    ],
    ['an exit', withOrder(exit, { taint: 'chat' }), 'na'],
    ['a cancel', withCancel(tainted('chat', '0.05')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G9')).toBe(want);
  });

  test('names the largest quantity, unless a quorum lifts it', () => {
    expect(checkOf(tainted('news', '0.05'), 'G9')).toMatchObject({
      observed: money('3000'),
      limit: money('1000'),
      maxQty: qty('0.01666666'),
    });
    expect(checkOf(tainted('news', '0.05', 'a+ b+ c+'), 'G9')).toMatchObject({
      observed: money('3000'),
      limit: money('1000'),
      maxQty: null,
    });
  });
});

describe('G10 stage', () => {
  const CODE = 'STAGE_EXCEEDED';
  const staged = (stage: DeskRecord['stage'], c: Case = base): Case =>
    withControls(c, { desks: (c.controls.desks ?? []).map((desk) => ({ ...desk, stage })) });
  const sized = (c: Case, size: string): Case => withOrder(c, { qty: qty(size) });
  const today = (c: Case, change: Partial<DayCounters>): Case =>
    withAccount(c, { day: baseAccount.day === null ? null : { ...baseAccount.day, ...change } });
  const canary = sized(staged('canary'), '0.008');
  const shadowed = withControls(staged('shadow'), {
    modes: [{ scope: 'strategy', key: 'trend', mode: 'shadow' }],
  });
  const day = Math.floor(NOW / 86_400_000);

  test.each<[string, Case, string]>([
    ['a full desk', staged('full'), 'pass'],
    ['a canary’s small order', sized(canary, '0.00833333'), 'pass'],
    ['one step larger', sized(canary, '0.00833334'), CODE],
    ['its tenth order', today(canary, { ordersByStrategy: { trend: 9 } }), 'pass'],
    [
      'its eleventh',
      today(canary, { ordersByStrategy: { trend: 10 } }),
      `${CODE} (10 orders today)`,
    ],
    ['of yesterday', today(canary, { day: day - 1, ordersByStrategy: { trend: 10 } }), 'pass'],
    [
      'no number',
      today(canary, { ordersByStrategy: { trend: Number.NaN } }),
      `${CODE} (NaN orders today)`,
    ],
    [
      'counters of no day',
      today(canary, { day: Number.NaN }),
      `${CODE}_INPUT_MISSING (the counters of the day)`,
    ],
    [
      'unknown counters',
      withAccount(canary, { day: null }),
      `${CODE}_INPUT_MISSING (the counters of the day)`,
    ],
    ['a desk in shadow', staged('shadow'), `${CODE} (a desk in shadow)`],
    ['in shadow where nothing is sent', shadowed, 'pass'],
    ['even an exit', staged('shadow', exit), `${CODE} (a desk in shadow)`],
    ['an exit of a canary', staged('canary', exit), 'na'],
    [
      'an unknown desk',
      withControls(base, { desks: [] }),
      `${CODE}_INPUT_MISSING (the desk in the registry)`,
    ],
    [
      'no registry',
      withControls(base, { desks: null }),
      `${CODE}_INPUT_MISSING (the desk in the registry)`,
    ],
    ['an unknown value', priceless, `${CODE}_INPUT_MISSING (the value of the order)`],
    ['a cancel', withCancel(staged('shadow')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G10')).toBe(want);
  });

  test('names the limit of the stage', () => {
    expect(checkOf(staged('full'), 'G10')).toMatchObject({ observed: money('600'), limit: null });
    expect(checkOf(staged('canary'), 'G10')).toMatchObject({
      observed: money('600'),
      limit: money('500'),
      maxQty: qty('0.00833333'),
    });
    expect(checkOf(staged('shadow'), 'G10')).toMatchObject({ observed: money('600'), limit: 0n });
    const many = today(canary, { ordersByStrategy: { trend: 10 } });
    expect(checkOf(many, 'G10')).toMatchObject({ observed: money('480'), limit: 0n });
  });

  test('the record of this desk counts, not of another', () => {
    const c = staged('shadow');
    const both = withControls(c, {
      desks: [
        { ...(c.controls.desks?.[0] as DeskRecord), desk: 'desk-9', stage: 'full' },
        ...(c.controls.desks ?? []),
      ],
    });
    expect(outcomeOf(both, 'G10')).toBe(`${CODE} (a desk in shadow)`);
  });
});

test('the largest quantities of taint and stage are the largest that pass (property)', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 7n }),
      fc.constantFrom('G9', 'G10'),
      (size, id) => {
        const canary = withControls(voted('a+', { taint: 'web', qty: size as Qty }), {
          desks: (base.controls.desks ?? []).map((desk) => ({ ...desk, stage: 'canary' })),
        });
        const { maxQty, status } = checkOf(canary, id);
        expect(status === 'pass').toBe(maxQty !== null && size <= maxQty);
      },
    ),
  );
});
