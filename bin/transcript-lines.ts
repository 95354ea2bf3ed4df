/** A transcript in words: who was asked, on which weights and how, and what came back. Strangers' words cannot steer a terminal. */
import type { Json } from '#firewall';
import { readTranscript, type RecordedCall } from './transcript-reading.ts';

const DIGEST_SHOWN = 12;

/** Everything that a terminal could take for an order, made visible. */
export const harmless = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`,
  );

export type LinesOptions = Readonly<{
  /** The prompts and tool results too, word for word. */
  whole: boolean;
}>;

export function transcriptLines(transcript: Json, { whole }: LinesOptions): readonly string[] {
  const read = readTranscript(transcript);
  const text = whole ? indented(transcript) : [];
  if (read === null) return [`reasons ${harmless(JSON.stringify(transcript))}`];
  const { graph, troubles, calls } = read;
  return [
    `transcript of ${harmless(graph)}, ${calls.length} calls of a model${troubles.length === 0 ? '' : `; troubles ${troubles.map(harmless).join(', ')}`}`,
    ...calls.flatMap((call, index) => callLines(call, index + 1)),
    ...text,
  ];
}

function callLines(call: RecordedCall, at: number): readonly string[] {
  const { agent, prompt, identity, seed, temperatureMilli, metrics, raw, code, repair } = call;
  const { runtime, model, digest, quantisation } = identity;
  const weights = digest === null ? 'no digest' : `digest ${digest.slice(0, DIGEST_SHOWN)}`;
  const cost =
    metrics === null
      ? ''
      : `; ${metrics.promptTokens ?? 'unknown'} tokens read, ${metrics.answerTokens} written in ${metrics.totalMs} ms`;
  return [
    `${at}. ${agent}${repair ? ' (repair)' : ''}: prompt ${harmless(prompt.name)} ${harmless(prompt.version)} ${prompt.hash.slice(0, DIGEST_SHOWN)}`,
    harmless(
      `   ${runtime} ${model}, ${weights}, ${quantisation ?? 'quantisation unknown'}, seed ${seed}, temperature ${temperatureMilli / 1_000}${cost}`,
    ),
    `   ${raw === null ? 'no answer' : harmless(raw)}${code === null ? '' : `  ${code}`}`,
    ...call.problems.map((problem) => `   ! ${harmless(problem)}`),
  ];
}

const indented = (value: Json): readonly string[] =>
  JSON.stringify(value, null, 2).split('\n').map(harmless);
