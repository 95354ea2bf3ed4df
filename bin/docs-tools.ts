/** The page about the tools, generated from their catalogue. */
import { z } from 'zod';
import { CALL_CODES } from '../tools/call.ts';
import { TOOLS } from '../tools/catalogue.ts';
import type { Tool } from '../tools/contract.ts';

type Field = Readonly<{
  type?: string;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
}>;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function wants({ type, enum: choices, minimum, maximum }: Field): string {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  return minimum !== undefined && maximum !== undefined
    ? `${minimum} to ${maximum}`
    : (type ?? 'a value');
}

function inputOf(tool: Tool): string {
  const { properties = {} } = z.toJSONSchema(tool.input) as { properties?: Record<string, Field> };
  const fields = Object.entries(properties).map(([name, field]) => `\`${name}\` (${wants(field)})`);
  return fields.length === 0 ? 'Takes nothing.' : `Takes ${fields.join('; ')}.`;
}

function sectionOf(tool: Tool): string {
  const texts =
    tool.reads === 'untrusted'
      ? ' Carries untrusted text: it is never offered to a model, and its texts go to the quarantined reader alone.'
      : '';
  const codes = tool.codes.map((code) => `\`${code}\``);
  const refusals =
    codes.length === 0 ? 'No refusals of its own.' : `Refuses with ${codes.join(', ')}.`;
  const facts = Object.entries(tool.facts).map(([name, [unit, meaning]]) => [
    `\`${tool.name}.${name}\``,
    unit,
    meaning,
  ]);
  return [
    `## ${tool.name}`,
    `${tool.description}${texts} ${inputOf(tool)} ${refusals}`,
    table(['fact', 'unit', 'what it is'], facts),
  ].join('\n\n');
}

export const toolsPage = (head: string): string =>
  [
    head,
    '# Tools',
    `What an agent may ask of the world. Each of the ${TOOLS.length} tools reads; none proposes or acts. An answer holds nothing that became available after the moment of the decision, a fact that is not known is left out and never written as zero, and an answer with data from the future is refused as a whole. Facts about five-minute bars bear these names; over other bars the length comes in between, as in \`indicators.1h.rsi14\`. Numbers are decimals, rounded.`,
    `Every call is recorded with its input, its answer and the answer’s hash, and may end in ${CALL_CODES.map((code) => `\`${code}\``).join(', ')}. A refusal is a code and a hint that a model may read, never the words of an exception.`,
    ...TOOLS.map(sectionOf),
    '',
  ].join('\n\n');
