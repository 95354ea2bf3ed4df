/** Makes decisions with the graph, and finishes those that an earlier process had begun. */
import { assert, type TimeMs } from '#firewall';
import type { Transcript } from '../agents/contract.ts';
import type { DecidePorts, Decision } from './contract.ts';
import { decideGraph, type DecideGraph } from './decide.ts';
import { Runs } from './runs.ts';
import type { SqliteSaver } from './sqlite-saver.ts';
import type { DecideValues, DecisionRequest } from './state.ts';
import { orderIn, transcriptHashOf } from './transcript.ts';

export class Decider {
  readonly #ports: DecidePorts;
  readonly #runs: Runs;
  readonly #saver: SqliteSaver | null;
  readonly #graph: DecideGraph;

  /** Without a saver a decision that is cut short is simply gone. */
  constructor(ports: DecidePorts, saver: SqliteSaver | null) {
    this.#ports = ports;
    this.#runs = new Runs(ports);
    this.#saver = saver;
    this.#graph = decideGraph(ports, { saver, runs: this.#runs });
  }

  /** One decision, from the market as it is now. It always ends; the signal makes it end with nothing. */
  decide(id: string, signal: AbortSignal): Promise<Decision> {
    const { desk, strategy, symbol } = this.#ports.rules.address;
    const at: TimeMs = this.#ports.clock.now();
    return this.#run({ run: id, id, desk, strategy, symbol, at }, id, signal);
  }

  /** Goes on where an earlier process was; what a model had answered is not asked again. Null where there is nothing to go on with. */
  async resume(id: string, signal: AbortSignal): Promise<Decision | null> {
    if (this.#saver === null) return null;
    const { next } = await this.#graph.getState({ configurable: { thread_id: id } });
    return next.length === 0 ? null : this.#run(null, id, signal);
  }

  /** Ids of this desk's decisions that have begun and not ended. */
  async unfinished(): Promise<readonly string[]> {
    const { desk } = this.#ports.rules.address;
    const ids: string[] = [];
    for (const id of this.#saver?.threads() ?? []) {
      const { next, values } = await this.#graph.getState({ configurable: { thread_id: id } });
      const { request } = values as Partial<DecideValues>;
      if (next.length > 0 && request?.desk === desk) ids.push(id);
    }
    return ids;
  }

  async #run(request: DecisionRequest | null, id: string, signal: AbortSignal): Promise<Decision> {
    this.#runs.begin(id, signal);
    try {
      const state = await this.#graph.invoke(request === null ? null : { request }, {
        configurable: { thread_id: id },
        // What a step came to is on the disk before the next one begins.
        durability: 'sync',
      });
      return decisionOf(state);
    } finally {
      this.#runs.end(id);
    }
  }
}

export function decisionOf({ request, end, transcript, proposal }: DecideValues): Decision {
  assert(end !== null && transcript !== null, 'a graph that ran through has an end and a record');
  const record = transcript as unknown as Transcript;
  return {
    id: request.id,
    end,
    proposal: proposal === null ? null : orderIn(proposal),
    transcript: record,
    transcriptHash: transcriptHashOf(record),
  };
}
