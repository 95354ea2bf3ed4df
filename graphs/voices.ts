/** The steps in which a model speaks: each is given its own part of the state, and leaves its word, its calls, or its trouble. */
import { assert } from '#firewall';
import type { Evidence, Said } from '../agents/contract.ts';
import { actionsFor } from '../agents/order.ts';
import { makePlan } from '../agents/planner.ts';
import { readSentiment } from '../agents/sentiment.ts';
import { readTechnical } from '../agents/technical.ts';
import { basisOf } from './basis.ts';
import type { DeskRules } from './contract.ts';
import type { Runs } from './runs.ts';
import type { DecideUpdate, DecideValues } from './state.ts';

/** The quarantined reader: the only step that looks at texts. */
export async function sentimentStep(state: DecideValues, runs: Runs): Promise<DecideUpdate> {
  const run = runs.of(state);
  const { symbol, at } = state.request;
  const said = await readSentiment({ symbol, at, texts: state.texts }, run.scope);
  return { ...heard(said, run), sentiment: said.ok ? said.value : null };
}

export async function technicalStep(state: DecideValues, runs: Runs): Promise<DecideUpdate> {
  const run = runs.of(state);
  const { symbol } = state.request;
  const said = await readTechnical({ symbol, evidence: evidenceOf(state) }, run.scope);
  return { ...heard(said, run), technical: said.ok ? said.value : null };
}

export async function planStep(
  state: DecideValues,
  runs: Runs,
  { limits }: Pick<DeskRules, 'limits'>,
): Promise<DecideUpdate> {
  const run = runs.of(state);
  const said = await makePlan(
    {
      symbol: state.request.symbol,
      evidence: evidenceOf(state),
      sentiment: state.sentiment,
      technical: state.technical,
      actions: actionsFor(basisOf(state)),
      contributions: state.contributions,
      signal: state.signal,
      limits,
    },
    run.scope,
  );
  return { ...heard(said, run), plan: said.ok ? said.value : null };
}

function heard(
  said: Said<unknown>,
  run: ReturnType<Runs['of']>,
): Pick<DecideUpdate, 'calls' | 'troubles'> {
  run.paid(said.calls);
  return { calls: [...said.calls], troubles: said.ok ? [] : [said.code] };
}

export function evidenceOf({ evidence }: Pick<DecideValues, 'evidence'>): Evidence {
  assert(evidence !== null, 'evidence is gathered before anyone speaks');
  return evidence;
}
