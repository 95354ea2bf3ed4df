/** Transcripts read back: answers checked on their own schema, questions put again, and strangers' words made harmless. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { canonicalText, hashText, type Json } from '#firewall';
import { answerSchema, type Narrowing } from '../../agents/answer-schema.ts';
import { planSchema, sentimentSchema, technicalSchema } from '../../agents/contract.ts';
import { harmless, transcriptLines } from '../../bin/transcript-lines.ts';
import {
  askAgain,
  readTranscript,
  recheckCalls,
  type RecordedCall,
} from '../../bin/transcript-reading.ts';
import { ScriptedRuntime } from '../support/scripted-runtime.ts';

const NEVER = new AbortController().signal;
const SCHEMA = {
  type: 'object',
  properties: {
    bias: { type: 'string', enum: ['long', 'short'] },
    strength: { type: 'integer', enum: [0, 50, 100] },
  },
  required: ['bias', 'strength'],
  additionalProperties: false,
};
const GOOD = '{"bias":"long","strength":50}';
const HASH = 'ab'.repeat(32);

const call = (changes: Partial<Record<keyof RecordedCall, Json>> = {}): Json => ({
  agent: 'technical',
  prompt: { name: 'technical', version: '1', hash: HASH },
  messages: [
    { role: 'system', content: 'Answer.' },
    { role: 'user', content: 'Which way?' },
  ],
  schema: SCHEMA,
  schemaHash: hashText(canonicalText(SCHEMA)),
  identity: {
    runtime: 'llama.cpp',
    runtimeVersion: '1',
    model: 'tiny',
    digest: HASH,
    quantisation: 'F32',
    parameters: null,
    contextMax: null,
  },
  seed: 7,
  temperatureMilli: 200,
  contextTokens: 4_096,
  answerTokensMax: 256,
  think: false,
  raw: GOOD,
  code: null,
  problems: [],
  repair: false,
  metrics: { promptTokens: 12, answerTokens: 9, totalMs: 30 },
  ...changes,
});
const transcript = (...calls: readonly Json[]): Json => ({
  version: 1,
  id: 'x',
  desk: 'desk-a',
  graph: 'decide-1',
  troubles: [],
  calls,
});
const callsOf = (...calls: readonly Json[]): readonly RecordedCall[] => {
  const read = readTranscript(transcript(...calls));
  if (read === null) throw new Error('no transcript');
  return read.calls;
};

describe('what is a transcript', () => {
  test('the reasons of a desk that goes by rules are none, and neither is a changed one', () => {
    expect(readTranscript({ desk: 'trend-btc', why: 'EXIT_STOP' })).toBeNull();
    expect(readTranscript(transcript(call({ seed: 'seven' })))).toBeNull();
    expect(readTranscript(null)).toBeNull();
  });
});

describe('an answer that was used', () => {
  test('is what it was used as', () => {
    expect(recheckCalls(callsOf(call(), call()))).toEqual([]);
  });
  test.each([
    ['off its schema', { raw: '{"bias":"up","strength":50}' }, 'the answer is not on its schema'],
    ['not JSON', { raw: 'long!' }, 'the answer was not one JSON object alone'],
    ['not there', { raw: null }, 'an answer was used that is not there'],
    ['on another schema', { schema: {} }, 'the schema is not the one that its hash names'],
  ])('%s is a problem with its place', (_what, changes, problem) => {
    expect(recheckCalls(callsOf(call(), call(changes)))).toEqual([
      { call: 2, agent: 'technical', problem },
    ]);
  });
  test('one that was refused then may be what it likes', () => {
    expect(recheckCalls(callsOf(call({ raw: 'long!', code: 'ANSWER_NOT_JSON' })))).toEqual([]);
  });
});

describe('the schema of an answer', () => {
  const checked = (schema: Json, raw: string) =>
    recheckCalls(callsOf(call({ schema, schemaHash: hashText(canonicalText(schema)), raw }))).map(
      ({ problem }) => problem,
    );
  const asked = (schema: z.ZodObject, narrowing: Narrowing): Json =>
    JSON.parse(JSON.stringify(answerSchema(schema, narrowing))) as Json;

  test('is read as every agent asks by it', () => {
    const sentiment = { direction: 'none', strength: 0, confidence: 0, volatility: 0 };
    const said = JSON.stringify({ ...sentiment, catalyst: 'none', items: [] });
    expect(checked(asked(sentimentSchema, { items: [1, 2] }), said)).toEqual([]);
    const technical = { bias: 'flat', strength: 0, confidence: 0, invalidation: 'none' };
    const cited = JSON.stringify({ ...technical, cites: ['a.b'] });
    const shown = { invalidation: ['none'], cites: ['a.b'] };
    expect(checked(asked(technicalSchema, shown), cited)).toEqual([]);
    const plan = { action: 'none', thesis: 'risk', confidence: 0, size: 'half', horizon: '1h' };
    const planned = JSON.stringify({ ...plan, stop: 'none', target: 'none' });
    const levels = { stop: ['none'], target: ['none'] };
    expect(checked(asked(planSchema, levels), planned)).toEqual([]);
  });

  test.each<[Json]>([
    [{ ...SCHEMA, properties: { bias: { type: 'string', pattern: '^(a+)+$' } } }],
    [{ ...SCHEMA, properties: { bias: { type: 'string', pattern: '(' } } }],
    [{ not: { type: 'string' } }],
    [{ $ref: '#' }],
    [{ type: 'frog' }],
    [5],
    [true],
  ])('is none of a stranger: %j', (schema) => {
    const problems = checked(schema, `{"bias":"${'a'.repeat(60)}!"}`);
    expect(problems).toEqual(['the schema is none that our agents ask by']);
  });
});

describe('asking again', () => {
  test('asks the same, in the same way, and compares word for word', async () => {
    const runtime = new ScriptedRuntime([
      GOOD,
      '{"bias":"short","strength":0}',
      { fail: 'RUNTIME_FAILED' },
    ]);
    const again = await askAgain(callsOf(call(), call(), call()), runtime, NEVER);
    expect(again.map(({ same, code }) => [same, code])).toEqual([
      [true, null],
      [false, null],
      [false, 'RUNTIME_FAILED'],
    ]);
    expect(runtime.asked[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Answer.' },
        { role: 'user', content: 'Which way?' },
      ],
      schema: SCHEMA,
      seed: 7,
      temperature: 0.2,
      contextTokens: 4_096,
      answerTokensMax: 256,
    });
  });
  test('where nothing was answered there is nothing to compare, and nobody is asked', async () => {
    const runtime = new ScriptedRuntime([]);
    const again = await askAgain(
      callsOf(call({ raw: null, code: 'RUNTIME_DOWN' })),
      runtime,
      NEVER,
    );
    expect(again).toMatchObject([{ same: null, answer: null }]);
    expect(runtime.asked).toEqual([]);
  });
});

describe('in words', () => {
  const lines = (json: Json, whole = false) => transcriptLines(json, { whole }).join('\n');
  test('who was asked, on which weights and how, and what came back', () => {
    const text = lines(
      transcript(call({ code: 'ANSWER_OFF_SCHEMA', problems: ['bias: one of long, short'] })),
    );
    expect(text).toContain('prompt technical 1 abababababab');
    expect(text).toContain('llama.cpp tiny, digest abababababab, F32, seed 7, temperature 0.2');
    expect(text).toContain(`${GOOD}  ANSWER_OFF_SCHEMA`);
    expect(text).toContain('! bias: one of long, short');
    expect(text).not.toContain('Which way?');
    expect(lines(transcript(call()), true)).toContain('Which way?');
  });
  test('the reasons of a desk that goes by rules, as they are', () => {
    expect(lines({ why: 'EXIT_STOP' })).toBe('reasons {"why":"EXIT_STOP"}');
  });
  test('nothing that a stranger wrote can steer a terminal or turn a line around', () => {
    const hostile = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
    expect(harmless('\u001B[2Jall good\u202E')).toBe(String.raw`\u{1b}[2Jall good\u{202e}`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (raw, whole) => {
        for (const line of transcriptLines(transcript(call({ raw, problems: [raw] })), { whole }))
          expect(hostile.test(line)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});
