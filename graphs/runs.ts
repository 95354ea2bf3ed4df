/** What belongs to one run of a decision and to no checkpoint: its purse, and the signal that ends it. */
import { openPurse } from '../agents/purse.ts';
import type { AgentCall, AgentScope, Purse } from '../agents/contract.ts';
import { KeptRuntime } from './kept-runtime.ts';
import type { DecidePorts } from './contract.ts';
import type { DecideValues } from './state.ts';

export type Run = Readonly<{
  scope: AgentScope;
  /** Notes that these calls are paid for. */
  paid(calls: readonly AgentCall[]): void;
}>;

type Opened = Readonly<{ id: string; run: Run; purse: Purse; known: Set<string> }>;

export class Runs {
  readonly #ports: Pick<DecidePorts, 'runtime' | 'rules'>;
  readonly #runtime: KeptRuntime;
  readonly #open = new Map<string, Opened>();
  readonly #signals = new Map<string, AbortSignal>();

  constructor(ports: Pick<DecidePorts, 'runtime' | 'rules'>) {
    this.#ports = ports;
    this.#runtime = new KeptRuntime(ports.runtime);
  }

  /** `run` is the thread's name: a review keeps it through every proposal that it makes. */
  begin(run: string, signal: AbortSignal): void {
    this.#signals.set(run, signal);
  }

  end(run: string): void {
    this.#open.delete(run);
    this.#signals.delete(run);
  }

  /** The run of this decision. What an earlier process paid for is paid for. */
  of({ request, calls }: Pick<DecideValues, 'request' | 'calls'>): Run {
    const last = this.#open.get(request.run);
    // A fresh proposal of the same review has a purse of its own.
    const open = last?.id === request.id ? last : this.#start(request);
    for (const call of calls) {
      if (open.known.has(keyOf(call))) continue;
      open.known.add(keyOf(call));
      open.purse.take();
      open.purse.pay({ tokens: tokensOf(call) });
    }
    return open.run;
  }

  #start({ run, id }: DecideValues['request']): Opened {
    const { rules } = this.#ports;
    const purse = openPurse(rules.budget, () => performance.now());
    const known = new Set<string>();
    const scope: AgentScope = {
      runtime: this.#runtime,
      settings: rules.model,
      purse,
      lane: rules.address.desk,
      signal: this.#signals.get(run) ?? new AbortController().signal,
    };
    const paid = (calls: readonly AgentCall[]): void => {
      for (const call of calls) known.add(keyOf(call));
    };
    const open = { id, run: { scope, paid }, purse, known };
    this.#open.set(run, open);
    return open;
  }
}

/** Calls come back from the state as copies. */
const keyOf = ({ agent, repair, raw, messages }: AgentCall): string =>
  JSON.stringify([agent, repair, raw, messages]);

const tokensOf = ({ metrics, answerTokensMax }: AgentCall): number =>
  metrics === null
    ? answerTokensMax
    : (metrics.promptTokens ?? metrics.promptTokensEstimated) + metrics.answerTokens;
