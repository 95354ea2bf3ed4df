/** The policy: every limit of every rule, with a reason for each, decoded strictly and hashed. */
import { canonicalText } from './canonical.ts';
import * as c from './codec.ts';
import { hashText } from './hash.ts';
import { money, ratioCodec, spanCodec, utcCodec } from './policy-values.ts';
import type { Rule } from './rule.ts';
import type { Hash, Money, Ppm, SpanMs, TimeMs } from './units.ts';

/** One rule's limits, by parameter name. Typed at the rule that declared them. */
export type RuleLimits = Readonly<Record<string, unknown>>;

/** A change that ends by itself, made by a named person for a stated reason. */
export type TemporaryChange = Readonly<{
  /** Index of the rule among the rules. */
  index: number;
  limits: RuleLimits;
  until: TimeMs;
  by: string;
  why: string;
}>;

/** Above these an order waits for a human. */
export type HoldThresholds = Readonly<{
  notionalAbove: Money;
  volatilityAbove: Ppm;
  confidenceBelow: Ppm;
  /** How long a human's approval of one exact proposal stays good. */
  approvalTtlMs: SpanMs;
}>;

export type Policy = Readonly<{
  name: string;
  version: number;
  /** Currency that all money limits are in. */
  currency: string;
  /** How long an approval by the gate stays good. */
  approvalTtlMs: SpanMs;
  hold: HoldThresholds;
  /** One entry per rule, in the order of the rules. */
  limits: readonly RuleLimits[];
  why: readonly string[];
  temporary: readonly TemporaryChange[];
  /** Of the canonical text of everything above. */
  hash: Hash;
}>;

export type PolicyProblem = Readonly<{ code: 'POLICY_INVALID'; at: string; want: string }>;
export type PolicyResult =
  | Readonly<{ ok: true; policy: Policy }>
  | Readonly<{ ok: false; problems: readonly PolicyProblem[] }>;

const headCodec = c.record<
  Pick<Policy, 'name' | 'version' | 'currency' | 'approvalTtlMs' | 'hold'>
>({
  name: c.name,
  version: c.integer(1, 1_000_000),
  currency: c.pattern(/^[A-Z0-9]{1,16}$/, 'a currency such as USDT'),
  approvalTtlMs: spanCodec,
  hold: c.record<HoldThresholds>({
    notionalAbove: money('up').codec,
    volatilityAbove: ratioCodec,
    confidenceBelow: ratioCodec,
    approvalTtlMs: spanCodec,
  }),
});
const HEAD_KEYS = ['name', 'version', 'currency', 'approvalTtlMs', 'hold'] as const;
const temporaryCodec = c.record({
  until: utcCodec,
  by: c.name,
  why: c.words(400),
  set: c.dictionary<unknown>({ read: (value) => value, write: () => null }, 20),
});

/** The rule's section in the policy file, such as `E2-order-notional`. */
export const sectionOf = (rule: Rule): string => `${rule.id}-${rule.name}`;

/** Reads a parsed policy document; every problem is listed, and one is enough to refuse it. */
export function decodePolicy(document: unknown, rules: readonly Rule[]): PolicyResult {
  const problems: PolicyProblem[] = [];
  const take = <T>(decoded: c.Decoded<T>, at = ''): T | null => {
    if (decoded.ok) return decoded.value;
    problems.push({
      code: 'POLICY_INVALID',
      at: `${at}${decoded.at.replace(/^\$\.?/, '')}`,
      want: decoded.want,
    });
    return null;
  };
  const top = take(c.decode(c.dictionary<unknown>(raw, 20), document));
  if (top === null) return { ok: false, problems };
  const { rules: sections, temporary, ...rest } = top;
  const head = take(c.decode(headCodec, rest));
  const bodies = take(c.decode(c.dictionary<unknown>(raw, 400), sections ?? null), 'rules.') ?? {};
  const changes =
    take(c.decode(c.dictionary(c.list(temporaryCodec, 10), 400), temporary ?? {}), 'temporary.') ??
    {};

  const judged = rules.filter((rule) => rule.notApplicable === null);
  const known = new Set(judged.map(sectionOf));
  for (const key of [...Object.keys(bodies), ...Object.keys(changes)])
    if (!known.has(key))
      problems.push({ code: 'POLICY_INVALID', at: `rules.${key}`, want: 'no such rule' });

  const limits: RuleLimits[] = [];
  const why: string[] = [];
  const replaced: TemporaryChange[] = [];
  rules.forEach((rule, index) => {
    const section = sectionOf(rule);
    const codec = sectionCodec(rule);
    const body =
      rule.notApplicable === null
        ? take(c.decode(codec, bodies[section] ?? null), `rules.${section}.`)
        : null;
    const { why: reason, ...values } = body ?? { why: rule.notApplicable ?? '' };
    limits.push(Object.freeze(values));
    why.push(reason);
    for (const change of changes[section] ?? []) {
      const changed = take(
        c.decode(codec, { ...asObject(bodies[section]), ...change.set }),
        `temporary.${section}.`,
      );
      if (changed === null) continue;
      const { why: _base, ...next } = changed;
      replaced.push({ index, limits: next, until: change.until, by: change.by, why: change.why });
    }
  });
  if (head === null || problems.length > 0) return { ok: false, problems };
  const policy = { ...head, limits, why, temporary: replaced };
  return { ok: true, policy: Object.freeze({ ...policy, hash: hashPolicy(policy, rules) }) };
}

const raw: c.Codec<unknown> = { read: (value) => value, write: () => null };
const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

type Section = Readonly<{ why: string }> & RuleLimits;
/** A rule's section: its parameters, all of them mandatory, and the reason for their values. */
const sectionCodec = (rule: Rule): c.Codec<Section> =>
  c.record<Section>({
    ...Object.fromEntries(Object.entries(rule.params).map(([key, param]) => [key, param.codec])),
    why: c.words(400),
  });

/** The policy as a document again; what is hashed, printed and compared. */
export function encodePolicy(policy: Omit<Policy, 'hash'>, rules: readonly Rule[]): c.Json {
  const judged = rules.flatMap((rule, index) =>
    rule.notApplicable === null ? [{ rule, index }] : [],
  );
  const write = (
    { rule, index }: (typeof judged)[number],
    limits: RuleLimits | undefined,
  ): c.Json => sectionCodec(rule).write({ ...limits, why: policy.why[index] ?? '' });
  const temporary: Record<string, c.Json[]> = {};
  for (const change of policy.temporary) {
    const rule = rules[change.index];
    if (rule === undefined) continue;
    const list = (temporary[sectionOf(rule)] ??= []);
    list.push({
      until: utcCodec.write(change.until),
      by: change.by,
      why: change.why,
      set: write({ rule, index: change.index }, change.limits),
    });
  }
  const head = Object.fromEntries(HEAD_KEYS.map((key) => [key, policy[key]]));
  return {
    ...asJson(headCodec.write(head as Pick<Policy, (typeof HEAD_KEYS)[number]>)),
    rules: Object.fromEntries(
      judged.map((item) => [sectionOf(item.rule), write(item, policy.limits[item.index])]),
    ),
    temporary,
  };
}

const asJson = (value: c.Json): { readonly [key: string]: c.Json } =>
  value as { readonly [key: string]: c.Json };

const hashPolicy = (policy: Omit<Policy, 'hash'>, rules: readonly Rule[]): Hash =>
  hashText(canonicalText(encodePolicy(policy, rules)));

/** The limits in force: a temporary change that has not ended replaces the rule's own. */
export function limitsAt(policy: Policy, now: TimeMs): readonly RuleLimits[] {
  if (policy.temporary.every((change) => now >= change.until)) return policy.limits;
  const limits = [...policy.limits];
  for (const change of policy.temporary)
    if (now < change.until) limits[change.index] = change.limits;
  return limits;
}
