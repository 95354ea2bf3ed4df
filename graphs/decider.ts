/** Makes decisions with the graph, and finishes those that an earlier process had begun. */
import { assert, canonicalText, hashText, type Hash, type Json, type TimeMs } from '#firewall';
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
    const under = this.#under();
    return this.#run({ run: id, id, desk, strategy, symbol, at, under }, id, signal);
  }

  /** Goes on where an earlier process was; what a model had answered is not asked again. Null where there is nothing to go on with. */
  async resume(id: string, signal: AbortSignal): Promise<Decision | null> {
    if (this.#saver === null) return null;
    const open = await this.#open(id);
    return open?.under === this.#under() ? this.#run(null, id, signal) : null;
  }

  /** Ids of this desk's decisions that can be gone on with. What is over, unreadable or begun under other rules is forgotten. */
  async unfinished(): Promise<readonly string[]> {
    const { desk } = this.#ports.rules.address;
    const ids: string[] = [];
    for (const id of this.#saver?.threads() ?? []) {
      const open = await this.#open(id);
      if (open?.desk !== undefined && open.desk !== desk) continue;
      if (open?.under === this.#under()) ids.push(id);
      else await this.#saver?.deleteThread(id);
    }
    return ids;
  }

  /** What was asked in a decision that has not ended; null where nobody can go on with it. */
  async #open(id: string): Promise<DecisionRequest | null> {
    try {
      const { next, values } = await this.#graph.getState({ configurable: { thread_id: id } });
      const { request } = values as Partial<DecideValues>;
      return next.length === 0 ? null : (request ?? null);
    } catch {
      // Written by another version, or not whole. A decision that is lost costs nothing; a start that fails costs the stops.
      return null;
    }
  }

  /** The weights and the rules: what other weights said, or what was seen under other limits, is not gone on with. */
  #under(): Hash {
    const { rules, runtime } = this.#ports;
    return hashText(canonicalText(JSON.parse(JSON.stringify([runtime.identity, rules])) as Json));
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
