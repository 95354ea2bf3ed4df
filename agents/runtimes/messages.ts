/** Our messages as LangChain's, and back. */
import {
  AIMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type BaseMessage,
} from '@langchain/core/messages';
import type { Message } from './contract.ts';

export const toLangChain = (messages: readonly Message[]): BaseMessage[] =>
  messages.map((message) => {
    switch (message.role) {
      case 'system':
        return new SystemMessage(message.content);
      case 'user':
        return new HumanMessage(message.content);
      case 'tool':
        return new ToolMessage({
          content: message.content,
          tool_call_id: message.toolCallId,
          name: message.name,
        });
      case 'assistant':
        return new AIMessage({
          content: message.content,
          tool_calls: message.toolCalls.map(({ id, name, input }) => ({
            id,
            name,
            args: input as Record<string, unknown>,
            type: 'tool_call' as const,
          })),
        });
    }
  });

export const fromLangChain = (messages: readonly BaseMessage[]): readonly Message[] =>
  messages.map((message): Message => {
    const content = message.text;
    if (ToolMessage.isInstance(message))
      return {
        role: 'tool',
        content,
        toolCallId: message.tool_call_id,
        name: message.name ?? 'tool',
      };
    if (AIMessage.isInstance(message))
      return {
        role: 'assistant',
        content,
        toolCalls: (message.tool_calls ?? []).map(({ id, name, args }) => ({
          id: id ?? name,
          name,
          input: args,
        })),
      };
    return { role: message.type === 'system' ? 'system' : 'user', content };
  });
