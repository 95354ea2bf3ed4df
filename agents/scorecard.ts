/** What a model has shown that it can do here: one card for each model, runtime version and way of thinking. */
import type { TimeMs } from '#firewall';
import type { ModelIdentity } from './runtimes/contract.ts';

export const CHECKS = [
  'schema',
  'refuses_overlong',
  'reads_whole_window',
  'determinism',
  'tools',
  'deadline',
  'cancel',
] as const;
export type CheckName = (typeof CHECKS)[number];

export type Check = Readonly<{
  name: CheckName;
  /** Null: recorded, and held against nobody. */
  ok: boolean | null;
  passed: number;
  of: number;
  /** Codes of what went wrong, each once, in the order of their first coming. */
  codes: readonly string[];
}>;

export type Scorecard = Readonly<{
  version: 1;
  at: TimeMs;
  identity: ModelIdentity;
  contextTokens: number;
  answerTokensMax: number;
  temperatureMilli: number;
  think: boolean;
  checks: readonly Check[];
  /** Of the good answers, the middle one; null where the runtime does not say. */
  tokensPerSecond: number | null;
  firstTokenMs: number | null;
  answerMs: number | null;
  /** Whether it thought aloud although it was told not to. */
  thinksAnyway: boolean;
  /** Whether it may choose its tools itself. */
  mayChooseTools: boolean;
  fit: boolean;
}>;

/** A model without tools may still be used: the fixed plan chooses for it. Everything else has to hold. */
export const isFit = (checks: readonly Check[]): boolean =>
  CHECKS.every((name) => {
    const check = checks.find((done) => done.name === name);
    return check !== undefined && (name === 'tools' || check.ok !== false);
  });
