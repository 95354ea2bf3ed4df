/** What a rule is, and the few ways in which it can answer. */
import type { Facts } from './facts.ts';
import type { Param } from './policy-values.ts';
import type { Check, Effect, Value } from './verdict.ts';
import type { Qty, SpanMs } from './units.ts';

export const FAMILIES = {
  A: 'proposal integrity',
  B: 'instrument and venue eligibility',
  C: 'market-data reasonability',
  D: 'price controls',
  E: 'size, exposure and capital',
  F: 'loss, tempo and behaviour',
  G: 'agents and models',
  H: 'system state',
  I: 'market integrity',
  J: 'signer',
} as const;
export type Family = keyof typeof FAMILIES;

export const UNITS = [
  'money',
  'qty',
  'price',
  'ppm',
  'ms',
  'time',
  'count',
  'flag',
  'code',
  /** Several quantities under one rule; the note of the check names which. */
  'mixed',
] as const;
export type Unit = (typeof UNITS)[number];
export const BREACHES = ['reject', 'throttle', 'lock', 'reduce-only', 'halt'] as const;
export type Breach = (typeof BREACHES)[number];

export type Params = Readonly<Record<string, Param<unknown>>>;
export type Values<P extends Params> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};

export type RuleText = Readonly<{
  /** Row of the specification, such as `E2`. */
  id: string;
  /** The rule's section in the policy file, such as `order-notional`. */
  name: string;
  /** Stable refusal code, NOUN_CONDITION. */
  code: string;
  /** One sentence: what it demands. */
  title: string;
  /** Unit of `observed` and `limit`. */
  unit: Unit;
  /** Which way `limit` binds `observed`; `none` where they are not ordered. */
  bound: 'max' | 'min' | 'none';
  breach: Breach;
  /** `exempt` rules do not judge an order that only reduces the worst-case exposure. */
  reducing: 'applies' | 'exempt';
  /** Whether the rule also judges cancels. Limits never block a cancel. */
  cancels: boolean;
}>;

export type Rule<P extends Params = Params> = RuleText &
  Readonly<{
    /** Code of the refusal for want of an input. */
    codeMissing: string;
    /** Why this row cannot apply here at all; then it is never evaluated. */
    notApplicable: string | null;
    params: P;
    evaluate(facts: Facts, limits: Values<P>, self: RuleText & { codeMissing: string }): Check;
    /** What else a breach does; only asked after a failure that was not for want of an input. */
    effect(facts: Facts, limits: Values<P>, self: RuleText): Effect | null;
  }>;

type Optional = 'reducing' | 'cancels' | 'breach';
type RuleSpec<P extends Params> = Omit<RuleText, Optional> &
  Partial<Pick<RuleText, Optional>> &
  Readonly<{
    params: P;
    evaluate: Rule<P>['evaluate'];
    effect?: Rule<P>['effect'];
  }>;

const NO_EFFECT = (): null => null;

/** A rule that judges. Every rule is written with the same keys in the same order: one shape is read fast. */
export const rule = <P extends Params>(spec: RuleSpec<P>): Rule =>
  Object.freeze({
    id: spec.id,
    name: spec.name,
    code: spec.code,
    title: spec.title,
    unit: spec.unit,
    bound: spec.bound,
    breach: spec.breach ?? 'reject',
    reducing: spec.reducing ?? 'applies',
    cancels: spec.cancels ?? false,
    codeMissing: `${spec.code}_INPUT_MISSING`,
    notApplicable: null,
    params: spec.params,
    evaluate: spec.evaluate,
    effect: spec.effect ?? NO_EFFECT,
  });

/** A row of the specification that cannot apply here, declared by name and with its reason. */
export const notApplicable = (
  spec: Pick<RuleText, 'id' | 'name' | 'code' | 'title'> & Readonly<{ because: string }>,
): Rule => {
  const { id, name, code, title, because } = spec;
  const head = { id, name, code, title, unit: 'flag', bound: 'none' } as const;
  const evaluate: Rule['evaluate'] = (_facts, _limits, self) => na(self, because);
  return Object.freeze({ ...rule({ ...head, params: {}, evaluate }), notApplicable: because });
};

type Head = RuleText;

export const pass = (
  self: Head,
  observed: Value,
  limit: Value,
  maxQty: Qty | null = null,
): Check => ({
  rule: self.id,
  status: 'pass',
  code: null,
  observed,
  limit,
  maxQty,
  note: null,
  retryAfterMs: null,
});

export const fail = (
  self: Head,
  observed: Value,
  limit: Value,
  maxQty: Qty | null = null,
  note: string | null = null,
): Check => ({
  rule: self.id,
  status: 'fail',
  code: self.code,
  observed,
  limit,
  maxQty,
  note,
  retryAfterMs: null,
});

/** A throttle says when it is worth asking again. */
export const throttle = (
  self: Head,
  observed: Value,
  limit: Value,
  retryAfterMs: SpanMs,
): Check => ({
  rule: self.id,
  status: 'fail',
  code: self.code,
  observed,
  limit,
  maxQty: null,
  note: null,
  retryAfterMs,
});

/** Unknown is refused, never read as zero. */
export const missing = (self: Head & { codeMissing: string }, input: string): Check => ({
  rule: self.id,
  status: 'fail',
  code: self.codeMissing,
  observed: null,
  limit: null,
  maxQty: null,
  note: input,
  retryAfterMs: null,
});

/** The rule has nothing to say about this case, by its nature (not for want of an input). */
export const na = (self: Head, why: string): Check => ({
  rule: self.id,
  status: 'na',
  code: null,
  observed: null,
  limit: null,
  maxQty: null,
  note: why,
  retryAfterMs: null,
});

/** Limits are inclusive: exactly the limit passes, one step past it fails. */
export const atMost = <T extends bigint | number>(
  self: Head,
  observed: T,
  limit: T,
  maxQty: Qty | null = null,
): Check =>
  // A comparison with NaN is false, so the passing side is the one that must be true.
  observed <= limit ? pass(self, observed, limit, maxQty) : fail(self, observed, limit, maxQty);

export const atLeast = <T extends bigint | number>(
  self: Head,
  observed: T,
  limit: T,
  maxQty: Qty | null = null,
): Check =>
  observed >= limit ? pass(self, observed, limit, maxQty) : fail(self, observed, limit, maxQty);

export const demand = (self: Head, holds: boolean, observed: Value, wanted: Value): Check =>
  holds ? pass(self, observed, wanted) : fail(self, observed, wanted);
