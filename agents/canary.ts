/** The smallest question that shows that a model answers as it is told to. */
import { z } from 'zod';
import { answerSchema } from './answer-schema.ts';
import { readAnswer } from './answer-text.ts';
import type { ModelSettings } from './contract.ts';
import type { ChatRuntime } from './runtimes/chat-runtime.ts';
import { RuntimeError } from './runtimes/contract.ts';

const canarySchema = z.strictObject({ direction: z.enum(['up', 'down', 'none']) });

/** Null when the answer was good, else its code. */
export async function askCanary(
  runtime: ChatRuntime,
  { contextTokens, answerTokensMax, think, deadlineMs }: ModelSettings,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { text } = await runtime.ask(
      {
        messages: [
          { role: 'system', content: 'Answer with one JSON object such as {"direction":"up"}.' },
          { role: 'user', content: 'A price went from 100 to 101. In which direction did it go?' },
        ],
        schema: answerSchema(canarySchema, {}),
        tools: [],
        seed: 1,
        temperature: 0,
        contextTokens,
        answerTokensMax,
        think,
        deadlineMs,
        lane: 'canary',
      },
      signal,
    );
    const read = readAnswer(text);
    if (!read.ok) return 'ANSWER_NOT_JSON';
    return canarySchema.safeParse(read.value).success ? null : 'ANSWER_OFF_SCHEMA';
  } catch (error) {
    if (error instanceof RuntimeError) return error.code;
    throw error;
  }
}
