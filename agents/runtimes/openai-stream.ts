/** Reads an answer of `/v1/chat/completions` as it streams: words, thoughts, tool calls in pieces, and how it ended. */
import { z } from 'zod';
import type { Spoken } from './chat-runtime.ts';
import { RuntimeError, type Ask, type ToolRequest } from './contract.ts';
import { brokeOff, bytesFor, linesOf, overlong, piecesFor, shaped } from './server.ts';

const count = z.int().min(0);
const toolPiece = z.object({
  index: count.optional(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
});
const event = z.union([
  z.object({ error: z.unknown() }).refine(({ error }) => error !== undefined && error !== null),
  z.object({
    choices: z.array(
      z.object({
        delta: z.object({
          content: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
          tool_calls: z.array(toolPiece).nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    ),
    usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish(),
  }),
]);
type Delta = Exclude<z.infer<typeof event>, { error: unknown }>['choices'][number]['delta'];

/** What has been said so far. */
class Heard {
  text = '';
  thoughts = '';
  finish: string | null = null;
  usage: Readonly<{ prompt_tokens: number; completion_tokens: number }> | null = null;
  pieces = 0;
  firstAt: number | null = null;
  lastAt = 0;
  readonly calls: { name: string; input: string }[] = [];

  take(delta: Delta): void {
    const thought = delta.reasoning_content ?? delta.reasoning ?? '';
    const text = delta.content ?? '';
    const calls = delta.tool_calls ?? [];
    if (thought === '' && text === '' && calls.length === 0) return;
    this.pieces += 1;
    this.lastAt = performance.now();
    this.firstAt ??= this.lastAt;
    this.text += text;
    this.thoughts += thought;
    for (const { index = this.calls.length, function: part } of calls) {
      const call = (this.calls[index] ??= { name: '', input: '' });
      call.name += part?.name ?? '';
      call.input += part?.arguments ?? '';
    }
  }

  toolRequests(): readonly ToolRequest[] {
    return this.calls.map(({ name, input }, index) => ({
      id: `call-${index + 1}`,
      name,
      input: shaped(input === '' ? '{}' : input, z.json()),
    }));
  }
}

export async function readStream(response: Response, ask: Ask, began: number): Promise<Spoken> {
  const heard = new Heard();
  const { answerTokensMax, contextTokens } = ask;
  const bytesMax = bytesFor(answerTokensMax);
  for await (const line of linesOf(response, { type: /event-stream/, bytesMax })) {
    if (line.startsWith(':')) continue;
    const data = /^data: ?(.*)$/.exec(line)?.[1];
    // Other fields of an event stream carry nothing for us; anything else is no event stream.
    if (data === undefined && /^(?:event|id|retry):/.test(line)) continue;
    if (data === undefined) throw new RuntimeError('ANSWER_GARBLED', 'the server sent no events');
    if (data === '[DONE]') break;
    const said = shaped(data, event);
    if ('error' in said)
      throw new RuntimeError('RUNTIME_FAILED', 'the server failed in mid-answer', {
        retryable: true,
      });
    const [choice] = said.choices;
    if (choice !== undefined) heard.take(choice.delta);
    heard.finish = choice?.finish_reason ?? heard.finish;
    heard.usage = said.usage ?? heard.usage;
    if (heard.pieces > piecesFor(answerTokensMax)) throw overlong();
  }
  if (heard.finish === null) throw brokeOff();
  const promptTokens = heard.usage?.prompt_tokens ?? null;
  if (promptTokens !== null && promptTokens + answerTokensMax > contextTokens)
    throw new RuntimeError(
      'PROMPT_TOO_LONG',
      `a prompt of ${promptTokens} tokens left no room for an answer of ${answerTokensMax}`,
    );
  const toolRequests = heard.toolRequests();
  return {
    text: heard.text,
    thoughts: heard.thoughts,
    toolRequests,
    done: heard.finish === 'length' ? 'length' : toolRequests.length > 0 ? 'tools' : 'stop',
    promptTokens,
    answerTokens: heard.usage?.completion_tokens ?? heard.pieces,
    loadMs: null,
    firstTokenMs: heard.firstAt === null ? null : heard.firstAt - began,
    answerMs: heard.firstAt === null ? null : heard.lastAt - heard.firstAt,
  };
}
