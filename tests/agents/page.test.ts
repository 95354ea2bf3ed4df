/** The page about the agents: every code that one of them can end with is on it. */
import { expect, it } from 'vitest';
import { AGENT_CODES } from '../../agents/contract.ts';
import { ORDER_CODES } from '../../agents/order.ts';
import { RUNTIME_CODES } from '../../agents/runtimes/contract.ts';
import { ROUND_CODES } from '../../agents/tool-rounds.ts';
import { read } from '../tidy/sources.ts';

it.each([...AGENT_CODES, ...RUNTIME_CODES, ...ORDER_CODES, ...ROUND_CODES])('says %s', (code) => {
  expect(read('docs/agents.md').text).toContain(`\`${code}\``);
});
