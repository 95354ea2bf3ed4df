/** Whether a runtime may be asked now: what its heartbeats and its calls have shown. A state machine, without a clock. */

export const HEALTH_STATES = ['up', 'slow', 'failing', 'down'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export type Health = Readonly<{
  state: HealthState;
  /** Code of what brought it there; null while all is well. */
  reason: string | null;
  /** By the injected clock. */
  since: number;
}>;

/** What is seen of a runtime. A heartbeat asks whether it lives, a call whether it answers, a canary whether it does again. */
export type Sign = Readonly<
  | { kind: 'beat'; code: string | null }
  | { kind: 'call'; code: string | null; totalMs: number | null }
  | { kind: 'canary'; code: string | null }
>;

export type HealthLimits = Readonly<{
  /** Bad answers in a row after which it is not asked again before a canary came back. */
  badAnswersMax: number;
  /** An answer that takes longer is slow. */
  answerMsMax: number;
  /** Slow answers in a row that make it slow, and quick ones that make it up again. */
  slowAnswersMin: number;
}>;

export const HEALTH_LIMITS: HealthLimits = {
  badAnswersMax: 3,
  answerMsMax: 15_000,
  slowAnswersMin: 3,
};

/** What is remembered. The state is read off it, so that no order of signs can leave a state that they do not explain. */
export type Vitals = Readonly<{
  /** Code of why it counts as dead; null while it lives. */
  dead: string | null;
  badAnswers: number;
  /** Code of the latest bad answer. */
  bad: string | null;
  /** Not before a canary came back. */
  barred: boolean;
  slow: boolean;
  /** Answers in a row that speak against `slow` as it is. */
  against: number;
}>;

/** A runtime that nobody has heard yet is not one to rely on. */
export const UNHEARD: Vitals = {
  dead: 'RUNTIME_UNHEARD',
  badAnswers: 0,
  bad: null,
  barred: false,
  slow: false,
  against: 0,
};

/** The runtime or its model is not there: no need to count. */
const GONE = new Set(['RUNTIME_DOWN', 'MODEL_NOT_FOUND', 'MODEL_NOT_FIT']);
/** The runtime was asked, and what came back was no answer. */
const BAD = new Set([
  'RUNTIME_FAILED',
  'RUNTIME_REFUSED',
  'CALL_TIMED_OUT',
  'PROMPT_TRUNCATED',
  'ANSWER_CUT',
  'ANSWER_EMPTY',
  'ANSWER_GARBLED',
  'ANSWER_NOT_JSON',
  'ANSWER_OFF_SCHEMA',
]);

export function afterSign(vitals: Vitals, sign: Sign, limits: HealthLimits): Vitals {
  switch (sign.kind) {
    case 'beat':
      return { ...vitals, dead: sign.code };
    case 'canary':
      return afterCanary(vitals, sign.code);
    case 'call':
      return afterCall(vitals, sign, limits);
  }
}

function afterCanary(vitals: Vitals, code: string | null): Vitals {
  if (code === null) return { ...vitals, barred: false, badAnswers: 0, bad: null };
  if (GONE.has(code)) return { ...vitals, dead: code };
  return vitals.barred ? { ...vitals, bad: code } : vitals;
}

function afterCall(
  vitals: Vitals,
  { code, totalMs }: Extract<Sign, { kind: 'call' }>,
  limits: HealthLimits,
): Vitals {
  if (code !== null && GONE.has(code)) return { ...vitals, dead: code };
  const slow = code === 'CALL_TIMED_OUT' || (totalMs !== null && totalMs > limits.answerMsMax);
  const judged = code === null || BAD.has(code) ? paced(vitals, slow, limits) : vitals;
  if (code !== null && BAD.has(code)) {
    const badAnswers = judged.badAnswers + 1;
    const barred = judged.barred || badAnswers >= limits.badAnswersMax;
    return { ...judged, badAnswers, bad: code, barred };
  }
  // An answer that was ours to refuse, or a call that we took back, says nothing of the runtime.
  if (code !== null || judged.barred) return judged;
  return { ...judged, badAnswers: 0, bad: null };
}

function paced(vitals: Vitals, slow: boolean, { slowAnswersMin }: HealthLimits): Vitals {
  if (slow === vitals.slow) return { ...vitals, against: 0 };
  const against = vitals.against + 1;
  return against >= slowAnswersMin ? { ...vitals, slow, against: 0 } : { ...vitals, against };
}

export function stateOf({ dead, barred, bad, slow }: Vitals): Omit<Health, 'since'> {
  if (dead !== null) return { state: 'down', reason: dead };
  if (barred) return { state: 'failing', reason: bad };
  return slow ? { state: 'slow', reason: 'ANSWERS_SLOW' } : { state: 'up', reason: null };
}
