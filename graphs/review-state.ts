/** What the review of a person's idea remembers: the decision's own memory, and what the person said and was shown. */
import { StateSchema } from '@langchain/langgraph';
import { z } from 'zod';
import type { Ppm } from '#firewall';
import { ANSWER_REFUSALS, type DryVerdict, type ReviewEnd } from './contract.ts';
import { IDEA_LENGTH_MAX, ideaSchema } from './idea.ts';
import { decideFields, hash, json, type Same } from './state.ts';

const ppm = z.int() as unknown as Same<Ppm>;

const dryVerdict: Same<DryVerdict> = z.strictObject({
  kind: z.enum(['approved', 'held', 'refused']),
  codes: z.array(z.string()).readonly(),
  margins: z
    .array(
      z.strictObject({
        rule: z.string(),
        status: z.string(),
        code: z.string().nullable(),
        observed: z.string().nullable(),
        limit: z.string().nullable(),
        left: ppm.nullable(),
      }),
    )
    .readonly(),
});

const end: Same<ReviewEnd> = z.union([
  z.strictObject({ kind: z.literal('submitted'), proposalHash: hash }),
  z.strictObject({ kind: z.literal('none'), code: z.string(), hint: z.string().nullable() }),
]);

/** What a person may answer. An edit is words again, or an idea already typed. */
export const answerSchema = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('approve'), proposalHash: hash }),
  z.strictObject({
    answer: z.literal('edit'),
    idea: z.union([z.string().max(IDEA_LENGTH_MAX), ideaSchema]),
  }),
  z.strictObject({ answer: z.literal('drop') }),
]);

export const ReviewState = new StateSchema({
  ...decideFields,
  /** A person's words. They are read once, by the intake, and go nowhere else. */
  words: z.string().nullable().default(null),
  idea: ideaSchema.nullable().default(null),
  /** Words that the intake passed over: for the person's eyes alone. */
  unread: z.array(z.string()).default(() => []),
  /** Hash of the proposal that is shown; null where none could be made. */
  proposalHash: hash.nullable().default(null),
  /** Why the idea makes no order. */
  problem: z.string().nullable().default(null),
  verdict: dryVerdict.nullable().default(null),
  answer: json.default(null),
  /** Why the last answer did not count. */
  refused: z.enum(ANSWER_REFUSALS).nullable().default(null),
  outcome: end.nullable().default(null),
});
export type ReviewValues = typeof ReviewState.State;
export type ReviewUpdate = typeof ReviewState.Update;
