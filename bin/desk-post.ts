/** How a desk asks: its reasons on the disk first, then its sealed proposal on the lane, then no other until it has its answer. */
import { randomBytes } from 'node:crypto';
import {
  canonicalText,
  envelopeCodec,
  hashText,
  proposalCodec,
  type Hash,
  type Json,
  type OrderProposal,
  type TimeMs,
} from '#firewall';
import type { Lane, Sealer } from '../gate/contract.ts';
import type { DeskConfig } from '../infra/desk-config.ts';
import type { DeskDiary } from '../infra/desk-diary.ts';
import type { TranscriptStore } from '../infra/transcripts.ts';
import type { PastDecision } from '../tools/contract.ts';
import type { Standing } from './snapshots.ts';

const MINUTE = 60_000;
/** After a refusal a desk thinks again before it asks again; where it wants to leave, not for long. */
const AFTER_REFUSAL_MS = { entry: 20_000, exit: 5_000 } as const;
export type Wish = keyof typeof AFTER_REFUSAL_MS;

export type PostPorts = Readonly<{
  lane: Lane;
  sealer: Sealer;
  transcripts: TranscriptStore;
  diary: DeskDiary;
}>;

export class DeskPost {
  readonly desk: DeskConfig;
  readonly #ports: PostPorts;
  readonly #quietUntil: Record<Wish, number> = { entry: 0, exit: 0 };
  #asked: Readonly<{ id: string; at: TimeMs; wish: Wish }> | null = null;

  constructor(desk: DeskConfig, ports: PostPorts) {
    this.desk = desk;
    this.#ports = ports;
  }

  /** Whether the desk may ask now: its last proposal has its answer, and a refusal of its like was thought over. */
  ready(standing: Standing, now: TimeMs, wish: Wish): boolean {
    this.#hear(standing, now);
    return this.#asked === null && now >= this.#quietUntil[wish];
  }

  /** A proposal is out and has no answer yet. */
  get waiting(): boolean {
    return this.#asked !== null;
  }

  quiet(wish: Wish, until: number): void {
    this.#quietUntil[wish] = Math.max(this.#quietUntil[wish], until);
  }

  async send(proposal: OrderProposal, transcript: Json): Promise<void> {
    const { lane, sealer, transcripts } = this.#ports;
    const hash = transcripts.put(transcript);
    if (hash !== proposal.transcript)
      throw new Error('invariant broken: a proposal names the hash of its own transcript');
    this.#writeDown(proposal, hash);
    const envelope = sealer.seal('proposal', canonicalText(proposalCodec.write(proposal)));
    // Desks sign under their own name; the key's file name is the house's business.
    const letter = { ...envelope, from: this.desk.desk };
    const { id, createdAt: at, reduceOnly } = proposal;
    this.#asked = { id, at, wish: reduceOnly ? 'exit' : 'entry' };
    await lane.send(proposal.id, envelopeCodec.write(letter));
  }

  #writeDown(proposal: OrderProposal, transcript: Hash): void {
    try {
      this.#ports.diary.write({
        id: proposal.id,
        desk: this.desk.desk,
        at: proposal.basisAt,
        symbol: proposal.symbol,
        action: actionOf(proposal),
        side: proposal.side,
        mid: proposal.basisMid,
        horizonMs: proposal.horizonMs,
        transcript,
        code: null,
      });
    } catch (error) {
      // A desk that cannot write its diary opens nothing, and leaves all the same.
      if (!proposal.reduceOnly) throw error;
    }
  }

  #hear({ lastByDesk }: Standing, now: TimeMs): void {
    const { diary } = this.#ports;
    const { desk, reckless } = this.desk;
    const asked = this.#asked;
    if (asked === null) return;
    const last = Object.hasOwn(lastByDesk, desk) ? lastByDesk[desk] : undefined;
    if (last?.proposalId === asked.id) {
      this.#asked = null;
      // A refused entry is no reason to stay in, nor a refused exit to get in.
      if (last.verdict !== 'approved' && !reckless)
        this.quiet(asked.wish, now + AFTER_REFUSAL_MS[asked.wish]);
      const code = last.codes[0] ?? null;
      diary.judged(asked.id, { verdict: verdictOf(last.verdict), code, at: now });
    } else if (now > asked.at + MINUTE) {
      // The gate may never have seen it: an unanswered proposal is worthless after its time to live.
      this.#asked = null;
      diary.judged(asked.id, { verdict: 'none', code: 'UNANSWERED', at: now });
    }
  }
}

const actionOf = ({ side, reduceOnly }: OrderProposal): string =>
  reduceOnly ? 'exit' : side === 'buy' ? 'long' : 'short';

const verdictOf = (verdict: string): PastDecision['verdict'] =>
  verdict === 'approved' || verdict === 'held' || verdict === 'refused' ? verdict : 'none';

/** 32 hex digits, one for life. */
export const newProposalId = (): string => randomBytes(16).toString('hex');

export const transcriptHash = (transcript: Json) => hashText(canonicalText(transcript));
