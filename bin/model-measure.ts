/** How fast a model really is here: the median of a few calls like those of a desk. */
import { z } from 'zod';
import { answerSchema } from '../agents/answer-schema.ts';
import { sentimentSchema } from '../agents/contract.ts';
import type { ChatRuntime } from '../agents/runtimes/chat-runtime.ts';
import type { CallMetrics } from '../agents/runtimes/contract.ts';
import type { Config } from '../infra/config.ts';

export type Measured = Readonly<
  Pick<CallMetrics, 'tokensPerSecond' | 'firstTokenMs' | 'loadMs' | 'promptTokens'> & {
    calls: number;
  }
>;

const CALLS = 3;
const LINES = 40;

export async function measureModel(
  runtime: ChatRuntime,
  config: Pick<Config, 'contextTokens' | 'answerTokensMax' | 'callSecondsMax'>,
  signal: AbortSignal,
): Promise<Measured> {
  const metrics: CallMetrics[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    // A prompt of its own each time: one that was just read would be had for nothing.
    const lines = Array.from(
      { length: LINES },
      (_, index) => `line ${call * LINES + index} close ${100 + index}`,
    );
    const answer = await runtime.ask(
      {
        messages: [
          {
            role: 'user',
            content: `Say what these prices mean as one JSON object.\n${lines.join('\n')}`,
          },
        ],
        schema: answerSchema(sentimentSchema.extend({ items: z.array(z.int()).max(0) }), {}),
        tools: [],
        seed: call,
        temperature: 0,
        contextTokens: config.contextTokens,
        answerTokensMax: config.answerTokensMax,
        think: false,
        deadlineMs: config.callSecondsMax * 1_000,
        lane: 'doctor',
      },
      signal,
    );
    metrics.push(answer.metrics);
  }
  const of = (key: 'tokensPerSecond' | 'firstTokenMs'): number | null =>
    medianOf(metrics.slice(1).flatMap((each) => each[key] ?? []));
  return {
    calls: metrics.length,
    tokensPerSecond: of('tokensPerSecond'),
    firstTokenMs: of('firstTokenMs'),
    loadMs: metrics[0]?.loadMs ?? null,
    promptTokens: metrics.at(-1)?.promptTokens ?? null,
  };
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}
