/** Our messages come back from LangChain as they went in. */
import { AIMessage, ChatMessage, ToolMessage } from '@langchain/core/messages';
import { expect, test } from 'vitest';
import type { Message } from '../../../agents/runtimes/contract.ts';
import { fromLangChain, toLangChain } from '../../../agents/runtimes/messages.ts';

const TALK: readonly Message[] = [
  { role: 'system', content: 'You are the analyst.' },
  { role: 'user', content: 'Look.' },
  {
    role: 'assistant',
    content: '',
    toolCalls: [{ id: 'call-1', name: 'candles', input: { count: 3 } }],
  },
  { role: 'tool', content: '{"ok":true}', toolCallId: 'call-1', name: 'candles' },
  { role: 'assistant', content: 'Up.', toolCalls: [] },
];

test('there and back', () => {
  expect(fromLangChain(toLangChain(TALK))).toEqual(TALK);
});

test('what LangChain leaves open is filled in', () => {
  const call = { name: 'candles', args: {}, type: 'tool_call' as const };
  expect(
    fromLangChain([
      new AIMessage({ content: '', tool_calls: [call] }),
      new ToolMessage({ content: 'none', tool_call_id: 'x' }),
      new ChatMessage({ role: 'somebody', content: 'hello' }),
    ]),
  ).toEqual([
    { role: 'assistant', content: '', toolCalls: [{ id: 'candles', name: 'candles', input: {} }] },
    { role: 'tool', content: 'none', toolCallId: 'x', name: 'tool' },
    { role: 'user', content: 'hello' },
  ]);
});
