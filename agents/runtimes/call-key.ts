/** What a call is recognised by: everything that decides which words come back, and nothing else. */
import { canonicalText, hashText, type Json } from '#firewall';
import type { Ask, CallKey, ModelIdentity } from './contract.ts';

/**
 * A question as a record keeps it. Who asks, how long they would wait, and which program ran the weights are left out:
 * they do not change what the weights say. The temperature is in thousandths, since no float goes into a hash.
 */
export type Question = Readonly<{
  /** The weights' digest; their name where the runtime gives none. */
  weights: string;
  messages: Json;
  schema: Json;
  tools: Json;
  seed: number;
  temperatureMilli: number;
  contextTokens: number;
  answerTokensMax: number;
  think: boolean;
}>;

export const weightsOf = ({ digest, model }: ModelIdentity): string => digest ?? model;

export const questionOf = (identity: ModelIdentity, ask: Ask): Question => ({
  weights: weightsOf(identity),
  messages: plain(ask.messages),
  schema: plain(ask.schema),
  tools: plain(ask.tools),
  seed: ask.seed,
  temperatureMilli: Math.round(ask.temperature * 1_000),
  contextTokens: ask.contextTokens,
  answerTokensMax: ask.answerTokensMax,
  think: ask.think,
});

export const callKey = (question: Question): CallKey => hashText(canonicalText(question));

/** As JSON would give it back: a field that says nothing is no field. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
