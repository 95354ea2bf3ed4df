/** The steps of a decision, one function each: typed state in, typed update out. Which follows which is the graph's business. */
import { assert } from '#firewall';
import type { Intent } from '../agents/algorithmic.ts';
import type { DecisionEnd } from '../agents/contract.ts';
import { weigh } from '../agents/ensemble.ts';
import { fallBack, protectiveExit } from '../agents/fallback.ts';
import { orderOf } from '../agents/order.ts';
import { basisCodec, basisOf, sightOf, takeBasis } from './basis.ts';
import { PLAN_NONE, type DecidePorts } from './contract.ts';
import { evidenceStep } from './evidence-step.ts';
import { intentCodec } from './intent-codec.ts';
import type { Runs } from './runs.ts';
import type { DecideUpdate, DecideValues } from './state.ts';
import { DECIDE_GRAPH, proposalJson, recordOf, transcriptJson } from './transcript.ts';
import { evidenceOf, planStep, sentimentStep, technicalStep } from './voices.ts';

export type DecideNodes = Readonly<
  Record<
    'gather' | 'sentiment' | 'technical' | 'combine' | 'plan' | 'order' | 'fallback' | 'finish',
    (state: DecideValues) => Promise<DecideUpdate> | DecideUpdate
  >
>;

export function decideNodes(ports: DecidePorts, runs: Runs): DecideNodes {
  const past = pastOf(ports, runs);
  return {
    gather: (state) => past(state) ?? gather(state, ports, runs),
    sentiment: (state) => (past(state) === null ? sentimentStep(state, runs) : {}),
    technical: (state) => (past(state) === null ? technicalStep(state, runs) : {}),
    combine(state) {
      const ended = past(state);
      if (ended !== null || state.troubles.length > 0) return ended ?? {};
      const { sentiment, technical } = state;
      const { forecast } = evidenceOf(state);
      const { contributions, signal } = weigh(
        { sentiment, technical, forecast },
        ports.rules.weights,
      );
      return { contributions: [...contributions], signal };
    },
    plan: (state) => past(state) ?? planStep(state, runs, ports.rules),
    order: (state) => past(state) ?? order(state, ports),
    fallback: (state) => past(state, { fresh: true }) ?? fallback(state, ports, runs),
    finish(state) {
      const end = endOf(state, ports, runs);
      const options = { rules: ports.rules, now: ports.clock.now(), graph: DECIDE_GRAPH };
      const { transcript, proposal } = recordOf(state, end, { ...options, fromChat: false });
      return {
        end,
        transcript: transcriptJson(transcript),
        proposal: proposalJson(proposal),
      };
    },
  };
}

const none = (by: 'model' | 'house', code: string): DecideUpdate => ({
  end: { kind: 'none', by, code },
});

/** Whether there is still a point: nobody took the decision back, and what it rests on is not too old. */
const pastOf =
  ({ clock, rules }: DecidePorts, runs: Runs) =>
  (state: DecideValues, { fresh = false } = {}): DecideUpdate | null => {
    if (runs.of(state).scope.signal.aborted) return none('house', 'DECISION_CANCELLED');
    // A clock that was set back makes nothing young again.
    const age = Math.abs(clock.now() - state.request.at);
    // A step that takes a look of its own is not bound to the age of the first one.
    return !fresh && age > rules.basisAgeMsMax ? none('house', 'DECISION_STALE') : null;
  };

/** The end as it stands now: between the order and this step a process may have died, and time gone by. */
function endOf(state: DecideValues, { clock, rules }: DecidePorts, runs: Runs): DecisionEnd {
  const { end } = state;
  assert(end !== null, 'a decision is finished when it has an end');
  if (end.kind === 'none') return end;
  const by = 'house';
  if (runs.of(state).scope.signal.aborted) return { kind: 'none', by, code: 'DECISION_CANCELLED' };
  const old = Math.abs(clock.now() - basisOf(state).at) > rules.basisAgeMsMax;
  return old ? { kind: 'none', by, code: 'DECISION_STALE' } : end;
}

async function gather(state: DecideValues, ports: DecidePorts, runs: Runs): Promise<DecideUpdate> {
  const { symbol, strategy, at } = state.request;
  const taken = takeBasis(ports.tools, { symbol, strategy, now: at });
  if (!taken.ok) return none('house', taken.code);
  const basis = basisCodec.write(taken.basis);
  if (taken.basis.pending) return { basis, ...none('house', 'ORDER_PENDING') };
  const exit = protectiveExit(sightOf(taken.basis));
  if (exit !== null) return { basis, ...proposed(exit, null) };
  const unfit = ports.fit();
  if (unfit !== null) return { basis, troubles: [unfit] };
  return { basis, ...(await evidenceStep(state, ports, runs)) };
}

/** The numbers, at the market as it is now: the position may have changed while the models spoke. */
function order(state: DecideValues, { tools, clock, rules }: DecidePorts): DecideUpdate {
  const { plan } = state;
  assert(plan !== null, 'an order is made from a plan');
  if (plan.action === 'none') return none('model', PLAN_NONE);
  const { symbol, strategy } = state.request;
  const taken = takeBasis(tools, { symbol, strategy, now: clock.now() });
  if (!taken.ok) return none('house', taken.code);
  const { levels } = evidenceOf(state);
  const made = orderOf({ plan, levels, sight: taken.basis, sizing: rules.sizing });
  return made.ok ? proposed(made.intent, plan) : none('model', made.code);
}

/** The algorithmic agent looks for itself, and now: the model may have been hanging for a while. */
function fallback(
  state: DecideValues,
  { tools, clock, rules }: DecidePorts,
  runs: Runs,
): DecideUpdate {
  const { symbol, strategy } = state.request;
  const spent = spentBy(state, runs);
  const code = spent ?? state.troubles[0] ?? 'MODEL_UNHEALTHY';
  const taken = takeBasis(tools, { symbol, strategy, now: clock.now() });
  if (!taken.ok) return none('house', taken.code);
  const basis = basisCodec.write(taken.basis);
  if (taken.basis.pending) return { basis, ...none('house', 'ORDER_PENDING') };
  // A decision that ran out of what it may cost takes no new risk, whatever the desk falls back to.
  const instead = spent === null ? rules.fallback : 'none';
  const { end, intent } = fallBack(instead, sightOf(taken.basis), code);
  const troubles = spent === null || state.troubles.includes(spent) ? [] : [spent];
  return { basis, end, intent: intent === null ? null : intentCodec.write(intent), troubles };
}

/** What the decision ran out of: a call that it could not make, or one that took the last of its time or tokens and failed. */
function spentBy(state: DecideValues, runs: Runs): string | null {
  const refused = state.troubles.find((trouble) => trouble.startsWith('BUDGET_'));
  if (refused !== undefined) return refused;
  const spent = runs.of(state).scope.purse.empty();
  // As many calls as it may make are not too many.
  return spent === 'BUDGET_CALLS' ? null : spent;
}

const proposed = (intent: Intent, plan: DecideValues['plan']): DecideUpdate => {
  const { horizonMs } = intent;
  const by = plan === null ? 'algorithmic' : 'model';
  const end: DecisionEnd = { kind: 'propose', by, plan, horizonMs };
  return { end, intent: intentCodec.write(intent) };
};
