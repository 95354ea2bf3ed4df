/** What the processes tell the supervisor for a person to see; numbers are already spelled for reading. */
import {
  count,
  decode,
  list,
  name,
  nullable,
  oneOf,
  record,
  time,
  variant,
  words,
  type Codec,
  type Json,
} from '#firewall';

export type Happening =
  | Readonly<{
      kind: 'decision';
      at: number;
      proposalId: string;
      desk: string;
      symbol: string;
      what: string;
      verdict: 'approved' | 'held' | 'refused';
      codes: readonly string[];
      /** The first refusal in words: what was seen, and what the limit is. */
      reason: string | null;
    }>
  | Readonly<{
      kind: 'fill';
      at: number;
      symbol: string;
      what: string;
      fee: string;
      clientId: string;
    }>
  | Readonly<{
      kind: 'outcome';
      at: number;
      clientId: string;
      outcome: string;
      code: string | null;
    }>
  | Readonly<{
      kind: 'standing';
      at: number;
      state: string;
      equity: string | null;
      cash: string | null;
      positions: readonly string[];
      decisions: number;
      fills: number;
    }>
  | Readonly<{ kind: 'refused'; at: number; code: string; message: string }>
  | Readonly<{ kind: 'notice'; at: number; code: string; message: string }>;

const codec: Codec<Happening> = variant<Happening>({
  decision: record({
    kind: oneOf(['decision'] as const),
    at: time,
    proposalId: words(64),
    desk: name,
    symbol: name,
    what: words(200),
    verdict: oneOf(['approved', 'held', 'refused'] as const),
    codes: list(words(100), 200),
    reason: nullable(words(400)),
  }),
  fill: record({
    kind: oneOf(['fill'] as const),
    at: time,
    symbol: name,
    what: words(200),
    fee: words(40),
    clientId: name,
  }),
  outcome: record({
    kind: oneOf(['outcome'] as const),
    at: time,
    clientId: name,
    outcome: words(40),
    code: nullable(words(100)),
  }),
  standing: record({
    kind: oneOf(['standing'] as const),
    at: time,
    state: words(40),
    equity: nullable(words(40)),
    cash: nullable(words(40)),
    positions: list(words(200), 200),
    decisions: count,
    fills: count,
  }),
  refused: record({
    kind: oneOf(['refused'] as const),
    at: time,
    code: words(100),
    message: words(2_000),
  }),
  notice: record({
    kind: oneOf(['notice'] as const),
    at: time,
    code: words(100),
    message: words(2_000),
  }),
});

/** Null for what is not a happening; the view shows nothing that it does not know. */
export function readHappening(value: Json | undefined): Happening | null {
  const decoded = decode(codec, value);
  return decoded.ok ? decoded.value : null;
}

export const writeHappening = (happening: Happening): Json => codec.write(happening);
