/** Puts ideas through their review, and takes the answers of the people who had them, in this process or a later one. */
import { Command } from '@langchain/langgraph';
import { assert } from '#firewall';
import type { ReviewEnd, ReviewPorts } from './contract.ts';
import type { Idea } from './idea.ts';
import { shownOf, type Shown } from './review-nodes.ts';
import { reviewGraph, type ReviewGraph } from './review.ts';
import { answerSchema, type ReviewValues } from './review-state.ts';
import { Runs } from './runs.ts';
import type { SqliteSaver } from './sqlite-saver.ts';

/** Where a review stands: it waits for its person, or it is over. */
export type Review =
  | Readonly<{ kind: 'asking'; id: string; shown: Shown }>
  | Readonly<{ kind: 'over'; id: string; end: ReviewEnd }>;

const UNREADABLE = { answer: 'unreadable' } as const;

export class Reviewer {
  readonly #ports: ReviewPorts;
  readonly #graph: ReviewGraph;
  readonly #runs: Runs;

  constructor(ports: ReviewPorts, saver: SqliteSaver) {
    this.#ports = ports;
    this.#runs = new Runs(ports);
    this.#graph = reviewGraph(ports, { saver, runs: this.#runs });
  }

  /** A review begins, of words as they were typed or of an idea in full. `id` names the review for as long as it lasts. */
  begin(id: string, said: string | Idea, signal: AbortSignal): Promise<Review> {
    const { desk, strategy, symbol } = this.#ports.rules.address;
    const { clock, newId } = this.#ports;
    const request = { run: id, id: newId(), desk, strategy, symbol, at: clock.now() };
    const idea = typeof said === 'string' ? { words: said } : { idea: said };
    return this.#run(id, { request, ...idea }, signal);
  }

  /** What a person answers is unknown until it is read: anything may come back over a socket. */
  answer(id: string, answer: unknown, signal: AbortSignal): Promise<Review> {
    const read = answerSchema.safeParse(answer);
    // LangGraph reads meaning into some values of its own accord; only what is an answer gets that far.
    return this.#run(id, new Command({ resume: read.success ? read.data : UNREADABLE }), signal);
  }

  /** Where it stands, from the disk; null where there is no such review. */
  async find(id: string): Promise<Review | null> {
    const { values } = await this.#graph.getState({ configurable: { thread_id: id } });
    const state = values as ReviewValues | Record<string, never>;
    return 'request' in state ? reviewOf(id, state as ReviewValues) : null;
  }

  async #run(
    id: string,
    input: Parameters<ReviewGraph['invoke']>[0],
    signal: AbortSignal,
  ): Promise<Review> {
    this.#runs.begin(id, signal);
    try {
      const state = await this.#graph.invoke(input, {
        configurable: { thread_id: id },
        durability: 'sync',
      });
      return reviewOf(id, state);
    } finally {
      this.#runs.end(id);
    }
  }
}

function reviewOf(id: string, state: ReviewValues): Review {
  const { outcome } = state;
  if (outcome !== null) return { kind: 'over', id, end: outcome };
  assert(state.idea !== null, 'a review that goes on has an idea');
  return { kind: 'asking', id, shown: shownOf(state) };
}
