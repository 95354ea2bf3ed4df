/** The step that gathers evidence by the fixed plan, for every graph alike. */
import type { Evidence } from '../agents/contract.ts';
import type { ToolScope } from '../tools/contract.ts';
import { gatherEvidence, type Gathered } from '../tools/plan.ts';
import type { DecidePorts } from './contract.ts';
import type { Runs } from './runs.ts';
import type { DecideValues } from './state.ts';

export type SeenUpdate = Readonly<{
  evidence: Evidence | null;
  texts: DecideValues['texts'];
  missing: string[];
  troubles: string[];
}>;

export async function evidenceStep(
  state: DecideValues,
  { tools, rules }: DecidePorts,
  runs: Runs,
): Promise<SeenUpdate> {
  const { symbol, strategy, desk, at } = state.request;
  const { signal } = runs.of(state).scope;
  const scope: ToolScope = { desk, strategy, symbol, now: at, ports: tools, signal };
  return seenOf(await gatherEvidence(scope, { timeoutMs: rules.toolMsMax }));
}

function seenOf(gathered: Gathered): SeenUpdate {
  const { at, mid, facts, levels, ids, calls, forecast, texts, missing, complete } = gathered;
  const codesOf = (required: boolean): string[] =>
    missing.filter((tool) => tool.required === required).map(({ code }) => code);
  return {
    evidence: mid === null ? null : { at, mid, facts, levels, ids, calls, forecast },
    texts: [...texts],
    missing: codesOf(false),
    troubles: complete ? [] : [...codesOf(true), 'EVIDENCE_MISSING'],
  };
}
