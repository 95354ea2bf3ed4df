/** Talking to a model server: one way to call it, one way to read its lines, and every failure under its code. */
import type { z } from 'zod';
import { RuntimeError } from './contract.ts';

/** A line, or an answer that is not a stream, is never longer. */
const BYTES_MAX = 8_000_000;
/** Enough of an error's body to see of which kind it is. */
const ERROR_BYTES_MAX = 65_536;

export type Call = Readonly<{
  url: string;
  signal: AbortSignal;
  /** Sent as JSON; null asks with GET. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}>;

/** What a closed runtime had under way ends, and it asks for nothing more. */
export class Closing {
  readonly #end = new AbortController();

  close(): void {
    this.#end.abort();
  }

  /** Runs the work under its own signal and ours, and gives its failure our codes. */
  async during<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      const both = AbortSignal.any([signal, this.#end.signal]);
      both.throwIfAborted();
      return await work(both);
    } catch (cause) {
      if (this.#end.signal.aborted && !signal.aborted)
        throw new RuntimeError('RUNTIME_DOWN', 'the runtime was closed', { cause });
      if (cause instanceof RuntimeError) throw cause;
      if (signal.aborted)
        throw new RuntimeError('CALL_TIMED_OUT', 'the server did not answer in time', {
          retryable: true,
          cause,
        });
      throw brokeOff(cause);
    }
  }
}

/** A reply that can be read, or a RuntimeError. */
export async function reach({ url, signal, body, headers }: Call): Promise<Response> {
  return guarded(url, {
    signal,
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** `fetch` that fails with our codes, and follows nobody elsewhere. */
export async function guarded(url: string | URL | Request, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: 'error' });
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new RuntimeError('RUNTIME_DOWN', 'the model server cannot be reached', {
      retryable: true,
      cause,
    });
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<RuntimeError> {
  const { status } = response;
  const says = await startOf(response);
  if (status === 404)
    return new RuntimeError('MODEL_NOT_FOUND', 'the server does not have this model');
  if (status === 429 || status === 503)
    return new RuntimeError('RUNTIME_DOWN', `the server is busy or still loading (${status})`, {
      retryable: true,
    });
  if (status >= 500)
    return new RuntimeError('RUNTIME_FAILED', `the server failed (${status})`, { retryable: true });
  // The names by which servers say that a prompt did not fit.
  if (
    /exceed_context_size|context_length_exceeded|(?:maximum|exceeds the) context length/.test(says)
  )
    return new RuntimeError('PROMPT_TOO_LONG', "the prompt does not fit into the server's window");
  return new RuntimeError('RUNTIME_REFUSED', `the server refused the call (${status})`);
}

/** The words are only looked at, never passed on. */
async function startOf(response: Response): Promise<string> {
  let text = '';
  try {
    for await (const part of decoded(response)) {
      text += part;
      if (text.length > ERROR_BYTES_MAX) break;
    }
  } catch {
    // An error without its words is still that error.
    return text;
  }
  return text;
}

async function* decoded(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  for await (const bytes of response.body) yield decoder.decode(bytes, { stream: true });
}

const garbled = (what: string): RuntimeError => new RuntimeError('ANSWER_GARBLED', what);

export const brokeOff = (cause?: unknown): RuntimeError =>
  new RuntimeError('RUNTIME_FAILED', 'the server broke off in mid-answer', {
    retryable: true,
    cause,
  });

/** An answer that is one JSON value of the wanted shape. */
export async function readJson<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  let text = '';
  for await (const part of decoded(response)) {
    text += part;
    if (text.length > BYTES_MAX) throw garbled("the server's answer has no end");
  }
  return shaped(text, schema);
}

export function shaped<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RuntimeError('ANSWER_GARBLED', 'the server sent what is not JSON', { cause });
  }
  return fitting(schema, value);
}

export function fitting<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (!read.success) throw garbled('the server sent JSON of another shape');
  return read.data;
}

/** The lines of a streamed answer as they come. `bytesMax` is the most that a sane answer can take. */
export async function* linesOf(
  response: Response,
  { type, bytesMax }: Readonly<{ type: RegExp; bytesMax: number }>,
): AsyncGenerator<string> {
  if (!type.test(response.headers.get('content-type') ?? ''))
    throw garbled('the server answered with something else than a stream of lines');
  let rest = '';
  let bytes = 0;
  for await (const part of survived(decoded(response))) {
    bytes += part.length;
    if (bytes > bytesMax) throw overlong();
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.map((line) => line.trimEnd()).filter((line) => line !== '');
  }
  if (rest.trim() !== '') yield rest.trim();
}

export const overlong = (): RuntimeError =>
  new RuntimeError('ANSWER_CUT', 'the server went on past the length that it was given');

/** A stream that dies says so in many ways. */
async function* survived(parts: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* parts;
  } catch (cause) {
    throw brokeOff(cause);
  }
}

/** A piece of a stream is a token or more of them; some servers send empty ones between. */
export const piecesFor = (tokens: number): number => 64 + tokens * 2;

/** What a stream of so many tokens can take at most, with all that a server writes around each. */
export const bytesFor = (tokens: number): number => 262_144 + tokens * 2_048;

/** Unit length, so that nearness means the same whoever made the vector. */
export function normalised(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => (length > 0 ? value / length : 0));
}
