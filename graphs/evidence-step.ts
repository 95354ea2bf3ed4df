/** The step that gathers evidence, for every graph alike: by the fixed plan, or by a model that may choose its tools. */
import type { AgentCall, Evidence } from '../agents/contract.ts';
import { gatherChosen } from '../agents/tool-rounds.ts';
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
  calls: AgentCall[];
}>;

export async function evidenceStep(
  state: DecideValues,
  { tools, rules, fit }: DecidePorts,
  runs: Runs,
): Promise<SeenUpdate> {
  const { symbol, strategy, desk, at } = state.request;
  const run = runs.of(state);
  const { signal } = run.scope;
  const scope: ToolScope = { desk, strategy, symbol, now: at, ports: tools, signal };
  const options = { timeoutMs: rules.toolMsMax };
  if (rules.choosesTools !== true || fit() !== null)
    return { ...seenOf(await gatherEvidence(scope, options)), calls: [] };
  const { gathered, calls, code } = await gatherChosen(scope, options, run.scope);
  run.paid(calls);
  const seen = seenOf(gathered);
  // The plan has taken over where the model chose badly: that is noted, and ends nothing.
  return {
    ...seen,
    missing: [...(code === null ? [] : [code]), ...seen.missing],
    calls: [...calls],
  };
}

function seenOf(gathered: Gathered): Omit<SeenUpdate, 'calls'> {
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
