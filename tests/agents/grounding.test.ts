/** Whether an answer rests on what was shown, field by field, at the boundary and one step past it. */
import { describe, expect, it } from 'vitest';
import type { Plan, PlannerInput, Technical } from '../../agents/contract.ts';
import {
  distanceOf,
  planProblems,
  sentimentProblems,
  sideOf,
  SIGNAL_CLEAR,
  technicalProblems,
} from '../../agents/grounding.ts';
import { makePlan } from '../../agents/planner.ts';
import { ScriptedRuntime } from '../support/scripted-runtime.ts';
import { bullish, evidence, fact, json, plannerInput, scopeOf, SYMBOL, upbeat } from './scene.ts';

const long: Plan = {
  action: 'long',
  thesis: 'trend',
  confidence: 60,
  size: 'half',
  horizon: '1h',
  stop: 'atr2_below',
  target: 'atr2_above',
};
const short: Plan = { ...long, action: 'short', stop: 'atr1_above', target: 'atr2_below' };
const none: Plan = { ...long, action: 'none', stop: 'none', target: 'none' };
const exit: Plan = { ...none, action: 'exit' };
const codes = (plan: Plan, change: Partial<PlannerInput> = {}): readonly string[] =>
  planProblems(plan, plannerInput(change)).map(({ code, says }) => `${code} ${says.split(':')[0]}`);

describe('a level', () => {
  it.each([
    ['59400', 100],
    ['60600', 100],
    ['59400.00000001', 99],
    ['60599.99999999', 99],
    ['60000', 0],
  ])('at %s is %i bps away', (at, distance) => {
    expect(distanceOf({ name: 'x', price: at }, '60000')).toBe(distance);
  });
  it.each([
    ['59999.99999999', 'below'],
    ['60000', 'at'],
    ['60000.00000001', 'above'],
  ])('at %s lies %s', (price, side) => {
    expect(sideOf({ name: 'x', price }, '60000')).toBe(side);
  });
  it('that is no decimal is our own bug', () => {
    expect(() => distanceOf({ name: 'x', price: '1' }, '0')).toThrow('a price to start from');
    expect(() => distanceOf({ name: 'x', price: '1e3' }, '1')).toThrow('a price to start from');
    expect(() => distanceOf({ name: 'x', price: '1' }, '')).toThrow('a price to start from');
    expect(() => sideOf({ name: 'x', price: '6e4' }, '60000')).toThrow('canonical decimals');
  });
});

describe('a plan', () => {
  it.each([
    ['long', long, {}],
    ['short', short, { signal: 0 }],
    ['none', none, {}],
    ['exit', exit, { actions: ['exit', 'none'] }],
  ] as const)('%s with everything in its place is fine', (_what, plan, change) => {
    expect(codes(plan, change)).toEqual([]);
  });

  const UNGROUNDED = 'ANSWER_UNGROUNDED';
  const CONTRADICTORY = 'ANSWER_CONTRADICTORY';
  it.each<readonly [string, Plan, Partial<PlannerInput>, readonly string[]]>([
    ['an unknown stop', { ...long, stop: 'atr9' }, {}, [`${UNGROUNDED} stop`]],
    ['an unknown target', { ...long, target: '61000' }, {}, [`${UNGROUNDED} target`]],
    ['an unknown stop of nothing', { ...none, stop: 'atr9' }, {}, [`${UNGROUNDED} stop`]],
    ['no stop', { ...long, stop: 'none' }, {}, [`${CONTRADICTORY} stop`]],
    ['no target', { ...long, target: 'none' }, {}, [`${CONTRADICTORY} target`]],
    ['a stop above a long', { ...long, stop: 'atr1_above' }, {}, [`${CONTRADICTORY} stop`]],
    ['a target below a long', { ...long, target: 'atr1_below' }, {}, [`${CONTRADICTORY} target`]],
    [
      'a short the wrong way round',
      { ...long, action: 'short' },
      { signal: 0 },
      [`${CONTRADICTORY} stop`, `${CONTRADICTORY} target`],
    ],
    ['a stop for nothing', { ...none, stop: 'atr1_below' }, {}, [`${CONTRADICTORY} stop`]],
    [
      'a target for an exit',
      { ...exit, target: 'atr1_above' },
      { actions: ['exit', 'none'] },
      [`${CONTRADICTORY} target`],
    ],
    ['an exit from nothing', exit, {}, [`${CONTRADICTORY} action`]],
    ['one on top of a position', long, { actions: ['exit', 'none'] }, [`${CONTRADICTORY} action`]],
    [
      'a short where none is possible',
      short,
      { actions: ['long', 'none'], signal: 0 },
      [`${CONTRADICTORY} action`],
    ],
  ])('with %s is not', (_what, plan, change, expected) => {
    expect(codes(plan, change)).toEqual(expected);
  });

  it('may not open against a clear signal, and may against a vague one', () => {
    expect(codes(long, { signal: -SIGNAL_CLEAR + 1 })).toEqual([]);
    expect(codes(long, { signal: -SIGNAL_CLEAR })).toEqual([`${CONTRADICTORY} action`]);
    expect(codes(short, { signal: SIGNAL_CLEAR - 1 })).toEqual([]);
    expect(codes(short, { signal: SIGNAL_CLEAR })).toEqual([`${CONTRADICTORY} action`]);
    expect(codes(none, { signal: -1_000_000 })).toEqual([]);
    expect(codes(exit, { signal: 1_000_000, actions: ['exit', 'none'] })).toEqual([]);
  });

  it('stops no nearer and no farther than the policy lets it', () => {
    const limits = (min: string, max: string) => ({
      limits: [
        fact('limits.stop_distance_max', max, 'bps'),
        fact('limits.stop_distance_min', min, 'bps'),
      ],
    });
    expect(codes(long, limits('100', '100'))).toEqual([]);
    expect(codes(long, limits('100.1', '1000'))).toEqual([`${CONTRADICTORY} stop`]);
    expect(codes(long, limits('20', '99.9'))).toEqual([`${CONTRADICTORY} stop`]);
    expect(codes(none, limits('500', '1000'))).toEqual([]);
  });

  it('at the market itself has no side', () => {
    const levels = [...evidence.levels, { name: 'vwap', price: '60000' }];
    const input = { evidence: { ...evidence, levels } };
    expect(codes({ ...long, stop: 'vwap' }, input)).toEqual([`${CONTRADICTORY} stop`]);
    expect(codes({ ...long, target: 'vwap' }, input)).toEqual([`${CONTRADICTORY} target`]);
  });
});

describe('a chart reading', () => {
  const read = (change: Partial<Technical>): readonly string[] =>
    technicalProblems({ ...bullish, ...change }, { symbol: SYMBOL, evidence }).map(
      ({ code }) => code,
    );
  it.each<readonly [string, Partial<Technical>, readonly string[]]>([
    ['long above its invalidation', {}, []],
    ['short below its invalidation', { bias: 'short', invalidation: 'atr1_above' }, []],
    ['flat without one', { bias: 'flat', invalidation: 'none' }, []],
    ['flat with one', { bias: 'flat' }, ['ANSWER_CONTRADICTORY']],
    ['long without one', { invalidation: 'none' }, ['ANSWER_CONTRADICTORY']],
    ['long with one above', { invalidation: 'atr1_above' }, ['ANSWER_CONTRADICTORY']],
    ['short with one below', { bias: 'short' }, ['ANSWER_CONTRADICTORY']],
    ['an unknown level', { invalidation: 'atr7_below' }, ['ANSWER_UNGROUNDED']],
    ['an unknown fact', { cites: ['indicators.rsi14', 'rsi'] }, ['ANSWER_UNGROUNDED']],
    ['a fact of another name', { cites: ['indicators.rsi1'] }, ['ANSWER_UNGROUNDED']],
  ])('%s', (_what, change, expected) => {
    expect(read(change)).toEqual(expected);
  });
});

describe('a reading of the news', () => {
  it.each([
    [{ items: [3] }, 3, []],
    [{ items: [4] }, 3, ['ANSWER_UNGROUNDED']],
    [{ items: [] }, 3, ['ANSWER_UNGROUNDED']],
    [{ items: [], direction: 'none' as const }, 3, []],
  ])('%j of %i', (change, shown, expected) => {
    expect(sentimentProblems({ ...upbeat, ...change }, shown).map(({ code }) => code)).toEqual(
      expected,
    );
  });
});

describe('the planner', () => {
  it('is not asked to choose where there is no choice', async () => {
    const runtime = new ScriptedRuntime([]);
    const levels = evidence.levels.filter(({ name }) => name.endsWith('above'));
    for (const change of [{ evidence: { ...evidence, levels } }, { actions: ['none'] as const }])
      expect(await makePlan(plannerInput(change), scopeOf(runtime))).toEqual({
        ok: false,
        code: 'EVIDENCE_MISSING',
        calls: [],
      });
    expect(runtime.asked).toEqual([]);
  });

  it('is offered the stops that the policy allows, and no action without one', async () => {
    const runtime = new ScriptedRuntime([json(long), json(long)]);
    const limits = [
      fact('limits.stop_distance_max', '1000', 'bps'),
      fact('limits.stop_distance_min', '60', 'bps'),
    ];
    const levels = evidence.levels.filter(({ name }) => name !== 'atr2_above');
    const input = plannerInput({ limits, evidence: { ...evidence, levels } });
    expect(await makePlan(input, scopeOf(runtime))).toMatchObject({ code: 'ANSWER_UNGROUNDED' });
    expect(runtime.asked[0]!.schema).toMatchObject({
      properties: {
        action: { enum: ['long', 'none'] },
        stop: { enum: ['atr2_below', 'none'] },
        target: { enum: ['atr2_below', 'atr1_below', 'atr1_above', 'none'] },
      },
    });
  });

  it('may always leave, whatever is missing', async () => {
    const runtime = new ScriptedRuntime([json(exit)]);
    const said = await makePlan(
      plannerInput({
        evidence: { ...evidence, levels: [], facts: [] },
        sentiment: null,
        technical: null,
        actions: ['exit', 'none'],
        contributions: [],
        limits: [],
      }),
      scopeOf(runtime),
    );
    expect(said).toMatchObject({ ok: true, value: exit });
    expect(runtime.shown).toContain('sentiment missing\ntechnical missing\nsignal.all 21 percent');
    expect(runtime.asked[0]!.schema).toMatchObject({
      properties: {
        action: { enum: ['exit', 'none'] },
        stop: { enum: ['none'] },
        target: { enum: ['none'] },
      },
    });
  });

  it('reads one thing a line', async () => {
    const runtime = new ScriptedRuntime([json(long)]);
    await makePlan(plannerInput(), scopeOf(runtime));
    expect(runtime.asked[0]!.messages[1]!.content).toBe(
      `symbol ${SYMBOL}
mid 60000
actions long short none
OPINIONS
sentiment.direction up word
sentiment.strength 60 percent
sentiment.confidence 50 percent
sentiment.volatility 30 percent
sentiment.catalyst regulation word
technical.bias long word
technical.strength 60 percent
technical.confidence 70 percent
technical.invalidation atr1_below word
signal.technical 42 percent weight 50
signal.all 21 percent
FACTS
portfolio.equity 100000 money
portfolio.side flat word
LEVELS
atr2_below 59400 below 100
atr1_below 59700 below 50
atr1_above 60300 above 50
atr2_above 60600 above 100
LIMITS
limits.order_share 5 percent`,
    );
  });
});
