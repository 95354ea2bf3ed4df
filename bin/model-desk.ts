/** A desk that decides through a model: one decision a turn, its transcript kept, its proposal posted, its failures said once. */
import type { Json, TimeMs } from '#firewall';
import { PLAN_NONE, HOUSE_CODES, type Decision } from '../graphs/contract.ts';
import type { AgentCall } from '../agents/contract.ts';
import type { Decider } from '../graphs/decider.ts';
import type { SqliteSaver } from '../graphs/sqlite-saver.ts';
import type { DeskDiary } from '../infra/desk-diary.ts';
import type { TranscriptStore } from '../infra/transcripts.ts';
import { parseFixed, type Price, type SpanMs } from '#firewall';
import {
  TOOL_CODES,
  type Embedder,
  type Fact,
  type Situation,
  type SituationMemory,
} from '../tools/contract.ts';
import { vectorOf } from '../tools/situation-vector.ts';
import { RuntimeError } from '../agents/runtimes/contract.ts';
import { MemoryError } from '../infra/vector-memory.ts';
import { newProposalId, type DeskPost } from './desk-post.ts';
import type { Standings } from './desk-ports.ts';

export type ModelDeskPorts = Readonly<{
  decider: Decider;
  /** Where decisions under way are kept; a decision that is over is taken out. */
  saver: Pick<SqliteSaver, 'deleteThread'>;
  standings: Standings;
  transcripts: TranscriptStore;
  diary: DeskDiary;
  memory: SituationMemory | null;
  /** Makes the memory's vectors; null where the code does. */
  embed: Embedder | null;
  now(): TimeMs;
  /** Told of every call that a decision has cost, for the model's health. */
  report(calls: readonly AgentCall[]): void;
  /** Told when the desk falls back, and when its model decides again. */
  notice(code: 'DESK_FELL_BACK' | 'DESK_MODEL_BACK' | 'MEMORY_AWAY', message: string): void;
}>;

/** Ends that say nothing about a market or a model: there is nothing to keep of them. */
const IDLE: readonly string[] = [
  'MARKET_UNKNOWN',
  'MARKET_NOT_WARM',
  'ACCOUNT_UNKNOWN',
  'ORDER_PENDING',
];

/** The desk's last proposal has no answer yet, or a refusal is being thought over. */
export const WAITING = 'WAITING';

export class ModelDesk {
  readonly everyMs: SpanMs;
  readonly #post: DeskPost;
  readonly #ports: ModelDeskPorts;
  #deciding: AbortController | null = null;
  #fellBack = false;

  constructor(post: DeskPost, everyMs: SpanMs, ports: ModelDeskPorts) {
    this.#post = post;
    this.everyMs = everyMs;
    this.#ports = ports;
  }

  get name(): string {
    return this.#post.desk.desk;
  }

  /** One turn; resolves with what came of it, in a word. */
  async act(signal: AbortSignal): Promise<string> {
    const now = this.#ports.now();
    const standing = this.#ports.standings(now);
    if (standing === null) return 'ACCOUNT_UNKNOWN';
    if (!this.#post.ready(standing, now, 'entry')) return WAITING;
    const id = newProposalId();
    return this.#run(id, signal, (either) => this.#ports.decider.decide(id, either));
  }

  /** Decisions that an earlier process had begun; what has become too old ends with nothing. */
  async finish(signal: AbortSignal): Promise<readonly string[]> {
    const { decider } = this.#ports;
    const said: string[] = [];
    for (const id of await decider.unfinished()) {
      try {
        said.push(await this.#run(id, signal, (either) => decider.resume(id, either)));
      } catch {
        // It is gone by now, and the next turn is as good.
        said.push('RESUME_FAILED');
      }
    }
    return said;
  }

  async #run(
    id: string,
    signal: AbortSignal,
    decide: (signal: AbortSignal) => Promise<Decision | null>,
  ): Promise<string> {
    const stop = new AbortController();
    this.#deciding = stop;
    try {
      const decision = await decide(AbortSignal.any([signal, stop.signal]));
      return decision === null ? 'NOTHING_TO_RESUME' : await this.#keep(decision, stop.signal);
    } finally {
      this.#deciding = null;
      await this.#ports.saver.deleteThread(id);
    }
  }

  /** Takes back the decision under way: the desk has had to act without it. */
  interrupt(): void {
    this.#deciding?.abort();
  }

  async #keep(decision: Decision, taken: AbortSignal): Promise<string> {
    const { end, proposal } = decision;
    this.#ports.report(decision.transcript.calls);
    this.#watch(decision);
    if (proposal === null || end.kind === 'none') {
      const code = end.kind === 'none' ? end.code : PLAN_NONE;
      if (!IDLE.includes(code)) this.#keepIdle(decision, code);
      return code;
    }
    // Whoever acted in the meantime has changed what this decision rests on.
    if (taken.aborted || this.#post.waiting) return 'DECISION_CANCELLED';
    await this.#post.send(proposal, decision.transcript);
    await this.#remember(decision);
    const trouble = end.by === 'model' ? null : troubleOf(decision.transcript.troubles);
    return `PROPOSED by ${end.by}${trouble === null ? '' : `, since ${trouble}`}`;
  }

  #keepIdle({ id, transcript }: Decision, code: string): void {
    const { transcripts, diary } = this.#ports;
    const { symbol, at, evidence } = transcript;
    const mid = midOf(evidence);
    const hash = transcripts.putPassing(transcript);
    diary.write({
      id,
      desk: this.name,
      at,
      symbol,
      action: 'none',
      side: null,
      mid,
      horizonMs: 0 as SpanMs,
      transcript: hash,
      code,
    });
  }

  /** An entry is a situation to learn from: what was seen now, and later what came of it. */
  async #remember({ id, proposal, transcript }: Decision): Promise<void> {
    const { memory, embed, notice } = this.#ports;
    const facts = factsOf(transcript.evidence);
    if (memory === null || proposal === null || proposal.reduceOnly || facts.length === 0) return;
    const situation: Situation = {
      id,
      desk: this.name,
      symbol: transcript.symbol,
      availableAt: transcript.at,
      facts,
      action: proposal.side === 'buy' ? 'long' : 'short',
      outcome: null,
      outcomeAt: null,
    };
    try {
      const vector = await vectorOf(facts, embed, AbortSignal.timeout(EMBED_MS_MAX));
      if (vector !== null) memory.put(situation, vector);
    } catch (error) {
      // The proposal has gone out; what cannot be remembered is said, and is no failure of the desk.
      if (!(error instanceof RuntimeError || error instanceof MemoryError)) throw error;
      notice('MEMORY_AWAY', `${this.name}: ${error.code}, a situation is not remembered`);
    }
  }

  /** Says once that the desk decides without its model, and once that it is back. */
  #watch({ end, transcript }: Decision): void {
    const { notice } = this.#ports;
    const { fallback } = this.#post.desk;
    const code = troubleOf(transcript.troubles);
    if (end.by === 'model' && this.#fellBack) {
      this.#fellBack = false;
      notice('DESK_MODEL_BACK', `${this.name}: its model decides again`);
    } else if (end.by !== 'model' && code !== null && !this.#fellBack) {
      this.#fellBack = true;
      const instead = fallback === 'algorithmic' ? 'rules decide' : 'it takes no new risk';
      notice('DESK_FELL_BACK', `${this.name}: ${code}; ${instead}`);
    }
  }
}

/** What kept the model from deciding: not a tool that can be done without, not the house's own reasons, not an end that was ordered. */
const HARMLESS: readonly string[] = [...TOOL_CODES, ...HOUSE_CODES, 'CALL_CANCELLED'];
const troubleOf = (troubles: readonly string[]): string | null =>
  troubles.find((code) => !HARMLESS.includes(code)) ?? null;

type Seen = Readonly<{ mid?: string; facts?: readonly Fact[] }> | null;
const factsOf = (evidence: Json): readonly Fact[] => (evidence as Seen)?.facts ?? [];
function midOf(evidence: Json): Price | null {
  const mid = parseFixed((evidence as Seen)?.mid);
  return mid === null || mid <= 0n ? null : (mid as Price);
}

const EMBED_MS_MAX = 30_000;
