/**
 * Calls of tools for runtimes without a markup of their own for them: the model is told which tools there are and
 * answers either `{"tool": ..., "input": ...}` or `{"answer": ...}`, and a grammar sees to it that it is one of these.
 * The markup that each family of models was trained on differs, and fails in as many ways; this works on all alike.
 */
import type { JsonSchema, Message, ToolOffer, ToolRequest } from './contract.ts';
import type { Turn } from './llama-protocol.ts';

export function toolSchema(tools: readonly ToolOffer[], schema: JsonSchema | null): JsonSchema {
  const calls = tools.map(({ name, schema: input }) =>
    closed({ tool: { const: name }, input: withoutDialect(input) }),
  );
  const answer = closed({ answer: schema === null ? { type: 'string' } : withoutDialect(schema) });
  return { oneOf: [...calls, answer] };
}

const closed = (properties: JsonSchema): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const withoutDialect = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([word]) => word !== '$schema'));

/** The conversation as a template without tools can show it: calls and results as what was said. */
export function turnsOf(
  messages: readonly Message[],
  tools: readonly ToolOffer[],
): readonly Turn[] {
  const turns = messages.map(turnOf);
  if (tools.length === 0) return turns;
  const [first, ...rest] = turns;
  return first?.role === 'system'
    ? [{ role: 'system', content: `${first.content}\n\n${offer(tools)}` }, ...rest]
    : [{ role: 'system', content: offer(tools) }, ...turns];
}

function turnOf(message: Message): Turn {
  switch (message.role) {
    case 'system':
    case 'user':
      return message;
    case 'tool':
      return { role: 'user', content: `Result of ${message.name}: ${message.content}` };
    case 'assistant': {
      const calls = message.toolCalls.map(({ name, input }) =>
        JSON.stringify({ tool: name, input }),
      );
      const content = [message.content, ...calls].filter((part) => part !== '').join('\n');
      return { role: 'assistant', content };
    }
  }
}

const offer = (tools: readonly ToolOffer[]): string =>
  [
    'Tools you may use, each with the JSON schema of its input:',
    ...tools.map(
      ({ name, description, schema }) =>
        `- ${name}: ${description} Input: ${JSON.stringify(withoutDialect(schema))}`,
    ),
    'To use one, answer {"tool": its name, "input": its input} and nothing else; you are then given its result.',
    'When you need none, answer {"answer": your answer}.',
  ].join('\n');

type Read = Readonly<{ text: string; toolRequests: readonly ToolRequest[] }>;

/** What the model chose. Text that is neither is left as it is, for the caller's own check to refuse. */
export function readToolAnswer(text: string, structured: boolean): Read {
  const said = parsed(text);
  if (said !== null && 'tool' in said && typeof said['tool'] === 'string')
    return { text: '', toolRequests: [{ id: 'call-1', name: said['tool'], input: said['input'] }] };
  if (said === null || !('answer' in said)) return { text, toolRequests: [] };
  const { answer } = said;
  return {
    text: !structured && typeof answer === 'string' ? answer : JSON.stringify(answer),
    toolRequests: [],
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
