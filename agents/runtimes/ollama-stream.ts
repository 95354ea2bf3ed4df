/** Reads an answer of Ollama's as `ChatOllama` passes it on, and each of its lines before that. */
import { AIMessageChunk } from '@langchain/core/messages';
import type { ChatOllama } from '@langchain/ollama';
import { z } from 'zod';
import type { Spoken } from './chat-runtime.ts';
import { RuntimeError, type Ask, type ToolRequest } from './contract.ts';
import { brokeOff, bytesFor, fitting, linesOf, overlong, piecesFor, shaped } from './server.ts';

const count = z.int().min(0);
const chatLine = z.union([
  z.object({ error: z.string() }),
  z.object({
    message: z.object({
      content: z.string().optional(),
      thinking: z.string().optional(),
      tool_calls: z
        .array(z.object({ function: z.object({ name: z.string(), arguments: z.json() }) }))
        .optional(),
    }),
    done: z.boolean(),
  }),
]);
const lastLine = z.object({
  done_reason: z.string().optional(),
  load_duration: count.optional(),
  prompt_eval_count: count.optional(),
  eval_count: count.optional(),
  eval_duration: count.optional(),
});

export type Chunks = ReturnType<ChatOllama['_streamResponseChunks']>;

export async function hear(
  chunks: Chunks,
  { contextTokens, answerTokensMax }: Ask,
): Promise<Spoken> {
  const began = performance.now();
  const toolRequests: ToolRequest[] = [];
  let [text, thoughts, firstTokenMs] = ['', '', null as number | null];
  let last: Readonly<Record<string, unknown>> = {};
  for await (const { message } of chunks) {
    const calls = AIMessageChunk.isInstance(message) ? (message.tool_call_chunks ?? []) : [];
    const thought: unknown = message.additional_kwargs['reasoning_content'];
    if (typeof thought === 'string') thoughts += thought;
    if (typeof message.content === 'string') text += message.content;
    for (const { name, args } of calls)
      toolRequests.push({
        id: `call-${toolRequests.length + 1}`,
        name: name ?? '',
        input: JSON.parse(args ?? 'null') as unknown,
      });
    if (text !== '' || thoughts !== '' || toolRequests.length > 0)
      firstTokenMs ??= performance.now() - began;
    last = message.response_metadata;
  }
  const end = fitting(lastLine, last);
  const promptTokens = end.prompt_eval_count ?? null;
  if (promptTokens !== null && promptTokens + answerTokensMax > contextTokens)
    throw new RuntimeError(
      'PROMPT_TOO_LONG',
      `a prompt of ${promptTokens} tokens left no room for an answer of ${answerTokensMax}`,
    );
  return {
    text,
    thoughts,
    toolRequests,
    done: end.done_reason === 'length' ? 'length' : toolRequests.length > 0 ? 'tools' : 'stop',
    promptTokens,
    answerTokens: end.eval_count ?? 0,
    loadMs: inMs(end.load_duration),
    firstTokenMs,
    answerMs: inMs(end.eval_duration),
  };
}

const inMs = (nanoseconds: number | undefined): number | null =>
  nanoseconds === undefined ? null : nanoseconds / 1e6;

/** The same answer, each line of which is what it should be. */
export function checkedLines(response: Response, answerTokensMax: number): Response {
  const lines = linesOf(response, { type: /ndjson|json/, bytesMax: bytesFor(answerTokensMax) });
  const body = ReadableStream.from(wellFormed(lines, answerTokensMax));
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers: response.headers });
}

async function* wellFormed(
  lines: AsyncGenerator<string>,
  answerTokensMax: number,
): AsyncGenerator<string> {
  let pieces = 0;
  for await (const line of lines) {
    const said = shaped(line, chatLine);
    if ('error' in said)
      throw new RuntimeError('RUNTIME_FAILED', 'the server failed in mid-answer', {
        retryable: true,
      });
    yield `${line}\n`;
    if (said.done) return;
    pieces += 1;
    if (pieces > piecesFor(answerTokensMax)) throw overlong();
  }
  throw brokeOff();
}
