/** All tools that there are. Each of them reads; none proposes, and none could act. */
import { assert } from '#firewall';
import { callTool, unknownTool, type CallOptions } from './call.ts';
import { candles } from './candles.ts';
import type { Tool, ToolCall, ToolScope } from './contract.ts';
import { funding } from './funding.ts';
import { indicators } from './indicators.ts';
import { lastHour } from './last-hour.ts';
import { memorySearch } from './memory-search.ts';
import { newsSearch } from './news-search.ts';
import { openRisk } from './open-risk.ts';
import { orderBook } from './order-book.ts';
import { portfolio } from './portfolio.ts';
import { priceForecast } from './price-forecast.ts';
import { recentDecisions } from './recent-decisions.ts';

export const TOOLS: readonly Tool[] = [
  candles,
  indicators,
  orderBook,
  funding,
  lastHour,
  portfolio,
  openRisk,
  recentDecisions,
  priceForecast,
  newsSearch,
  memorySearch,
];

const BY_NAME: ReadonlyMap<string, Tool> = new Map(TOOLS.map((tool) => [tool.name, tool]));
assert(BY_NAME.size === TOOLS.length, 'no two tools share a name');

/** Those that a model may choose from: what carries untrusted text is never offered. */
export const OFFERED: readonly Tool[] = TOOLS.filter(({ reads }) => reads === 'typed');

export const toolNamed = (name: string): Tool | null => BY_NAME.get(name) ?? null;

/** Calls what a model asked for by name. A name that is not offered is no tool, whatever else it may be. */
export async function callOffered(
  name: string,
  rawInput: unknown,
  scope: ToolScope,
  options: CallOptions,
): Promise<ToolCall> {
  const tool = OFFERED.find((offered) => offered.name === name);
  if (tool !== undefined) return callTool(tool, rawInput, scope, options);
  const known = OFFERED.map((offered) => offered.name);
  return unknownTool(name, rawInput, { chosenBy: options.chosenBy, known });
}
