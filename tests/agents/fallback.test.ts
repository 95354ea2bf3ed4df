/** What a desk does without its model: its rules, or nothing new; and it may always leave. */
import { describe, expect, it } from 'vitest';
import { fallBack, protectiveExit } from '../../agents/fallback.ts';
import type { Bar, Sight } from '../../agents/algorithmic.ts';
import { money, price, qty } from '../../firewall/proofs/amounts.ts';
import { baseInstrument } from '../../firewall/proofs/views.ts';

const bars = (step: number): Bar[] =>
  Array.from({ length: 40 }, (_, n) => {
    const close = 60_000 + n * step;
    return { high: price(`${close + 20}`), low: price(`${close - 20}`), close: price(`${close}`) };
  });
const sight = (change: Partial<Sight> = {}): Sight => ({
  instrument: baseInstrument,
  bars: bars(10),
  bid: price('60390'),
  ask: price('60390.5'),
  equity: money('100000'),
  position: qty('0'),
  stopPrice: null,
  leave: false,
  pending: false,
  ...change,
});
const held = { position: qty('0.1'), stopPrice: price('60000') };
const stopped = sight({ ...held, bid: price('59999') });
const flagged = sight({ ...held, leave: true });
const turned = sight({ ...held, bars: bars(-10) });
const steady = sight(held);

describe('with its rules to fall back to, a desk', () => {
  it('enters as the algorithmic agent would', () => {
    const { end, intent } = fallBack('algorithmic', sight(), 'RUNTIME_DOWN');
    expect(intent).toMatchObject({ why: 'ENTER_TREND', side: 'buy' });
    expect(end).toEqual({ kind: 'propose', by: 'algorithmic', plan: null, horizonMs: 1_800_000 });
  });
  it('does nothing where they say nothing, and says why it had to ask them', () => {
    expect(fallBack('algorithmic', steady, 'ANSWER_CUT')).toEqual({
      end: { kind: 'none', by: 'algorithmic', code: 'ANSWER_CUT' },
      intent: null,
    });
  });
});

describe('with nothing to fall back to, a desk', () => {
  it('opens nothing, whatever the rules would say', () => {
    for (const seen of [sight(), turned, steady])
      expect(fallBack('none', seen, 'CALL_TIMED_OUT')).toEqual({
        end: { kind: 'none', by: 'house', code: 'CALL_TIMED_OUT' },
        intent: null,
      });
  });
  it.each([
    ['EXIT_STOP', stopped],
    ['EXIT_PROTECTIVE', flagged],
  ] as const)('leaves on %s', (why, seen) => {
    const { end, intent } = fallBack('none', seen, 'RUNTIME_DOWN');
    expect(intent).toMatchObject({ why, reduceOnly: true, qty: qty('0.1') });
    expect(end).toMatchObject({ kind: 'propose', by: 'algorithmic' });
  });
  it.each([
    ['EXIT_STOP', stopped],
    ['EXIT_PROTECTIVE', flagged],
  ] as const)('leaves on %s however few bars it has seen', (why, seen) => {
    for (const few of [[], bars(10).slice(-21)]) {
      const blind = { ...seen, bars: few };
      expect(protectiveExit(blind)).toMatchObject({ why, reduceOnly: true, qty: qty('0.1') });
      expect(protectiveExit({ ...blind, pending: true })).toBeNull();
      expect(fallBack('algorithmic', { ...sight(), bars: few }, 'ANSWER_CUT').intent).toBeNull();
    }
  });
});

it.each([
  ['EXIT_STOP', stopped],
  ['EXIT_PROTECTIVE', flagged],
  [undefined, turned],
  [undefined, steady],
  [undefined, sight()],
  [undefined, { ...stopped, pending: true }],
] as const)('no model is asked about an exit that protects: %s', (why, seen) => {
  expect(protectiveExit(seen)?.why).toBe(why);
});
