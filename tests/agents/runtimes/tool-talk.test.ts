/** Calls of tools without a markup for them: what is offered, what is asked for, and what is neither. */
import { describe, expect, test } from 'vitest';
import type { Message, ToolOffer } from '../../../agents/runtimes/contract.ts';
import { grammarOf } from '../../../agents/runtimes/grammar.ts';
import { readToolAnswer, toolSchema, turnsOf } from '../../../agents/runtimes/tool-talk.ts';
import { takes } from './gbnf.ts';

const TOOLS: readonly ToolOffer[] = [
  {
    name: 'candles',
    description: 'Closed bars.',
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { count: { type: 'integer', minimum: 1, maximum: 9 } },
      additionalProperties: false,
    },
  },
];

describe('the schema of an answer', () => {
  const free = grammarOf(toolSchema(TOOLS, null));
  test.each([
    ['{"tool":"candles","input":{"count":3}}', true],
    ['{"answer":"up"}', true],
    ['{"tool":"candles","input":{"count":10}}', false],
    ['{"tool":"orders","input":{}}', false],
    ['{"tool":"candles","input":{"count":3},"answer":"up"}', false],
    ['up', false],
  ])('%s: %s', (text, good) => {
    expect(takes(free, text)).toBe(good);
  });

  test('holds the form that was asked for', () => {
    const formed = grammarOf(toolSchema(TOOLS, { enum: ['up'] }));
    expect([takes(formed, '{"answer":"up"}'), takes(formed, '{"answer":"no"}')]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the conversation', () => {
  const talk: readonly Message[] = [
    { role: 'user', content: 'Look.' },
    {
      role: 'assistant',
      content: 'Well.',
      toolCalls: [{ id: '1', name: 'candles', input: { count: 1 } }],
    },
    { role: 'tool', content: 'none', toolCallId: '1', name: 'candles' },
  ];
  const shown = [
    { role: 'user', content: 'Look.' },
    { role: 'assistant', content: 'Well.\n{"tool":"candles","input":{"count":1}}' },
    { role: 'user', content: 'Result of candles: none' },
  ];

  test('shows calls and results as what was said', () => {
    expect(turnsOf(talk, [])).toEqual(shown);
  });

  test('opens with the offer, after our own instruction where there is one', () => {
    const offer = expect.stringMatching(/candles: Closed bars\..*"maximum":9/s);
    expect(turnsOf(talk, TOOLS)).toEqual([{ role: 'system', content: offer }, ...shown]);
    const [first, ...rest] = turnsOf([{ role: 'system', content: 'Mind.' }, ...talk], TOOLS);
    expect(first).toEqual({ role: 'system', content: offer });
    expect(first?.content.startsWith('Mind.\n\n')).toBe(true);
    expect(rest).toEqual(shown);
  });
});

test.each([
  [
    '{"tool":"candles","input":{"count":3}}',
    false,
    { text: '', toolRequests: [{ id: 'call-1', name: 'candles', input: { count: 3 } }] },
  ],
  ['{"answer":"up"}', false, { text: 'up', toolRequests: [] }],
  ['{"answer":"up"}', true, { text: '"up"', toolRequests: [] }],
  ['{"answer":{"a":1}}', false, { text: '{"a":1}', toolRequests: [] }],
  ['{"other":1}', true, { text: '{"other":1}', toolRequests: [] }],
  ['{"tool":7}', true, { text: '{"tool":7}', toolRequests: [] }],
  ['no JSON', true, { text: 'no JSON', toolRequests: [] }],
  ['null', true, { text: 'null', toolRequests: [] }],
])('%s is read', (text, structured, read) => {
  expect(readToolAnswer(text, structured)).toEqual(read);
});
