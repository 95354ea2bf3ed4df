/** Verdicts on the wire, and their hash: a decision that is judged again must give the same one. */
import { hashOf } from './canonical.ts';
import * as c from './codec.ts';
import { MODES, SCOPES, TRADING_STATES } from './controls.ts';
import { parseFixed, type Hash, type Qty, type SpanMs } from './units.ts';
import * as v from './verdict.ts';

/** Amounts are decimal strings here as everywhere, so plain text carries a label: `{ "text": "HALTED" }`. */
const valueCodec: c.Codec<v.Value> = {
  read: (value, at) => {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number') return c.integer().read(value, at);
    if (typeof value === 'string')
      return parseFixed(value) ?? c.refuseAt(at, 'a decimal string such as "1.5"');
    return text.read(value, at).text;
  },
  write: (value) => {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'bigint') return amount.write(value);
    if (typeof value === 'number')
      // What is no integer is written as the text it prints, so that no value can hide as another.
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : { text: `${value}` };
    return { text: typeof value === 'string' ? value : typeof value };
  },
};
const amount = c.fixed();
const text = c.record<Readonly<{ text: string }>>({ text: c.words(400) });

/** A case that was none can leave anything in a check; its verdict still has one text, and so one hash. */
const guarded = <T>(inner: c.Codec<T>, kind: string, stand: c.Json): c.Codec<T> => ({
  read: inner.read,
  write: (value) => (typeof value === kind ? inner.write(value) : stand),
});
const said = (lengthMax: number): c.Codec<string> =>
  guarded(c.words(lengthMax), 'string', 'malformed');
const quantity = guarded(c.fixed<Qty>(), 'bigint', null);
const span = guarded(c.integer<SpanMs>(0), 'number', null);

export const checkCodec: c.Codec<v.Check> = c.record<v.Check>({
  rule: c.name,
  status: c.oneOf(v.STATUSES),
  code: c.nullable(c.name),
  observed: valueCodec,
  limit: valueCodec,
  maxQty: c.nullable(quantity),
  note: c.nullable(said(400)),
  retryAfterMs: c.nullable(span),
});

const scopeKey = said(64);
export const effectCodec: c.Codec<v.Effect> = c.variant<v.Effect>({
  latch: c.record<Extract<v.Effect, { kind: 'latch' }>>({
    kind: c.oneOf(['latch'] as const),
    scope: c.oneOf(SCOPES),
    key: scopeKey,
    state: c.oneOf(TRADING_STATES),
    code: c.name,
  }),
  lock: c.record<Extract<v.Effect, { kind: 'lock' }>>({
    kind: c.oneOf(['lock'] as const),
    scope: c.oneOf(SCOPES),
    key: scopeKey,
    code: c.name,
    until: c.nullable(c.time),
  }),
});

const judged = {
  reducing: c.flag,
  maxQty: c.nullable(quantity),
  checks: c.list(checkCodec, 400),
  effects: c.list(effectCodec, 400),
};
const codes = c.list(c.name, 400);

/** What a verdict looks like once it has crossed a process: nothing in it is an order that may be sent. */
export type RecordedVerdict =
  | Omit<Extract<v.Verdict, { kind: 'approved' }>, 'order'>
  | Extract<v.Verdict, { kind: 'held' | 'refused' }>;

export const verdictCodec: c.Codec<RecordedVerdict> = c.variant<RecordedVerdict>({
  approved: c.record<Extract<RecordedVerdict, { kind: 'approved' }>>({
    kind: c.oneOf(['approved'] as const),
    ...judged,
    mode: c.oneOf(MODES),
  }),
  held: c.record<Extract<RecordedVerdict, { kind: 'held' }>>({
    kind: c.oneOf(['held'] as const),
    for: c.oneOf(['human'] as const),
    ...judged,
    because: codes,
  }),
  refused: c.record<Extract<RecordedVerdict, { kind: 'refused' }>>({
    kind: c.oneOf(['refused'] as const),
    ...judged,
    codes,
  }),
});

/** The order itself is left out: the decision's record has the proposal beside it, by its own hash. */
export const verdictHash = (verdict: v.Verdict): Hash => hashOf(verdictCodec, verdict);
