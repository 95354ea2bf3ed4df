/** Every way from one state of health to another, and that nothing else leads there. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterSign,
  HEALTH_LIMITS,
  stateOf,
  UNHEARD,
  type HealthLimits,
  type Sign,
  type Vitals,
} from '../../agents/health.ts';
import { AGENT_CODES } from '../../agents/contract.ts';
import { RUNTIME_CODES } from '../../agents/runtimes/contract.ts';

const LIMITS: HealthLimits = { badAnswersMax: 3, answerMsMax: 1_000, slowAnswersMin: 2 };
const beat = (code: string | null = null): Sign => ({ kind: 'beat', code });
const canary = (code: string | null = null): Sign => ({ kind: 'canary', code });
const good = (totalMs = 10): Sign => ({ kind: 'call', code: null, totalMs });
const bad = (code = 'ANSWER_NOT_JSON'): Sign => ({ kind: 'call', code, totalMs: 10 });

const after = (signs: readonly Sign[], limits = LIMITS): Vitals =>
  signs.reduce((vitals, sign) => afterSign(vitals, sign, limits), UNHEARD);
const state = (...signs: Sign[]): string => {
  const { state: name, reason } = stateOf(after(signs));
  return reason === null ? name : `${name} ${reason}`;
};

const failing = [beat(), bad(), bad(), bad()] as const;

test.each<readonly [string, readonly Sign[], string]>([
  ['nobody heard it yet', [], 'down RUNTIME_UNHEARD'],
  ['a good heartbeat', [beat()], 'up'],
  ['a bad heartbeat', [beat(), beat('CALL_TIMED_OUT')], 'down CALL_TIMED_OUT'],
  ['one good heartbeat after it', [beat(), beat('RUNTIME_DOWN'), beat()], 'up'],
  ['a good answer is no heartbeat', [beat(), beat('RUNTIME_DOWN'), good()], 'down RUNTIME_DOWN'],
  ['a call that found nobody', [beat(), bad('RUNTIME_DOWN')], 'down RUNTIME_DOWN'],
  ['a call that found no model', [beat(), bad('MODEL_NOT_FOUND')], 'down MODEL_NOT_FOUND'],
  ['a call that found another model', [beat(), bad('MODEL_NOT_FIT')], 'down MODEL_NOT_FIT'],
  ['a heartbeat after that', [beat(), bad('RUNTIME_DOWN'), beat()], 'up'],
  ['two bad answers', [beat(), bad(), bad()], 'up'],
  ['three bad answers', [...failing], 'failing ANSWER_NOT_JSON'],
  ['a good one among them', [beat(), bad(), bad(), good(), bad(), bad()], 'up'],
  ['the last of them names it', [beat(), bad(), bad(), bad('ANSWER_CUT')], 'failing ANSWER_CUT'],
  ['a heartbeat does not mend it', [...failing, beat()], 'failing ANSWER_NOT_JSON'],
  ['nor a good answer', [...failing, good()], 'failing ANSWER_NOT_JSON'],
  ['a canary does', [...failing, canary()], 'up'],
  ['and it starts anew', [...failing, canary(), bad(), bad()], 'up'],
  ['a bad canary does not', [...failing, canary('ANSWER_EMPTY')], 'failing ANSWER_EMPTY'],
  ['a canary that found nobody', [...failing, canary('RUNTIME_DOWN')], 'down RUNTIME_DOWN'],
  ['down goes before failing', [...failing, beat('RUNTIME_DOWN')], 'down RUNTIME_DOWN'],
  [
    'and failing is found again behind it',
    [...failing, beat('RUNTIME_DOWN'), beat()],
    'failing ANSWER_NOT_JSON',
  ],
  ['a bad canary bars nobody', [beat(), canary('ANSWER_EMPTY')], 'up'],
  ['at the limit of time', [beat(), good(1_000), good(1_000)], 'up'],
  ['one past it, once', [beat(), good(1_001)], 'up'],
  ['one past it, twice', [beat(), good(1_001), good(1_001)], 'slow ANSWERS_SLOW'],
  ['not in a row', [beat(), good(1_001), good(), good(1_001)], 'up'],
  ['quick again, once', [beat(), good(1_001), good(1_001), good()], 'slow ANSWERS_SLOW'],
  ['quick again, twice', [beat(), good(1_001), good(1_001), good(), good()], 'up'],
  [
    'no answer in time is slow',
    [beat(), bad('CALL_TIMED_OUT'), bad('CALL_TIMED_OUT')],
    'slow ANSWERS_SLOW',
  ],
  [
    'a hang is failing',
    [beat(), ...Array.from({ length: 3 }, () => bad('CALL_TIMED_OUT'))],
    'failing CALL_TIMED_OUT',
  ],
])('%s', (_, signs, wanted) => {
  expect(state(...signs)).toBe(wanted);
});

describe('each code of a call', () => {
  const OURS = [
    'CALL_CANCELLED',
    'PROMPT_TOO_LONG',
    'RECORDING_MISSING',
    'ANSWER_UNGROUNDED',
    'ANSWER_CONTRADICTORY',
    'BUDGET_CALLS',
    'BUDGET_TOKENS',
    'BUDGET_SECONDS',
    'MODEL_UNHEALTHY',
    'MODEL_UNCHECKED',
    'EVIDENCE_MISSING',
  ];
  const GONE = ['RUNTIME_DOWN', 'MODEL_NOT_FOUND', 'MODEL_NOT_FIT'];

  test.each([...RUNTIME_CODES, ...AGENT_CODES])('%s', (code) => {
    const four = state(beat(), bad(code), bad(code), bad(code), bad(code));
    const wanted = OURS.includes(code)
      ? 'up'
      : `${GONE.includes(code) ? 'down' : 'failing'} ${code}`;
    expect(four).toBe(wanted);
  });

  test.each(OURS)('%s does not break a row of bad ones', (code) => {
    expect(state(beat(), bad(), bad(), bad(code), bad())).toBe('failing ANSWER_NOT_JSON');
  });
});

const sign: fc.Arbitrary<Sign> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('beat' as const, 'canary' as const),
    code: fc.constantFrom(null, 'RUNTIME_DOWN', 'CALL_TIMED_OUT'),
  }),
  fc.record({
    kind: fc.constant('call' as const),
    code: fc.constantFrom(null, ...RUNTIME_CODES, ...AGENT_CODES),
    totalMs: fc.constantFrom(null, 1, 1_001),
  }),
);

test('whatever was, a heartbeat, a canary and quick answers bring it back', () => {
  fc.assert(
    fc.property(fc.array(sign), (signs) => {
      expect(state(...signs, beat(), canary(), good(), good())).toBe('up');
    }),
  );
});

test('a runtime that is down or failing has a reason, and the limits of the house are sane', () => {
  fc.assert(
    fc.property(fc.array(sign), (signs) => {
      const { state: name, reason } = stateOf(after(signs, HEALTH_LIMITS));
      expect(reason === null).toBe(name === 'up');
    }),
  );
});
