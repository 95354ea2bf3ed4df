/** A desk that goes by rules: all of them where no model decides, and those of a protective exit beside a model. */
import { formatFixed, type Instrument, type Json, type Ppm, type Price, type Qty } from '#firewall';
import { TUNING, type Intent, type Sight } from '../agents/algorithmic.ts';
import { algorithmicOrigin, proposalOf } from '../agents/proposal.ts';
import { midOf, sightOf, takeBasis, type Basis } from '../graphs/basis.ts';
import type { DeskConfig } from '../infra/desk-config.ts';
import type { AccountReader, MarketReader } from '../tools/contract.ts';
import { bookId, candleId } from '../tools/evidence.ts';
import { newProposalId, transcriptHash, type DeskPost } from './desk-post.ts';
import type { Standing } from './snapshots.ts';
import type { TimeMs } from '#firewall';

const RECKLESS_EVERY_MS = 15_000;
/** The gate has its own connection: a book that arrived this very moment may not have reached it yet. */
const SETTLED_MS = 50;

export type RulePorts = Readonly<{
  market: MarketReader;
  account: AccountReader;
  now(): TimeMs;
  /** What the desk wants, from what it sees. */
  decide(sight: Sight): Intent | null;
}>;

export class RuleDesk {
  readonly #post: DeskPost;
  readonly #account: string;
  readonly #ports: RulePorts;

  constructor(post: DeskPost, account: string, ports: RulePorts) {
    this.#post = post;
    this.#account = account;
    this.#ports = ports;
  }

  get name(): string {
    return this.#post.desk.desk;
  }

  /** Whether it has proposed something. */
  async round(standing: Standing): Promise<boolean> {
    const { desk } = this.#post;
    const now = this.#ports.now();
    const taken = takeBasis(this.#ports, { symbol: desk.symbol, strategy: desk.strategy, now });
    if (!taken.ok) return false;
    const { basis } = taken;
    const wish = basis.position === 0n ? 'entry' : 'exit';
    if (!this.#post.ready(standing, now, wish)) return false;
    const wanted = this.#ports.decide(sightOf(basis));
    if (wanted === null) return false;
    const intent = desk.reckless ? reckless(wanted, basis) : wanted;
    const transcript = reasonsOf(desk, intent, basis);
    await this.#post.send(
      proposalOf({
        id: newProposalId(),
        createdAt: now,
        address: { ...desk, account: this.#account, venue: 'paper', network: 'paper' },
        intent,
        basis: { at: now, mid: midOf(basis), version: basis.accountVersion, evidence: seen(basis) },
        origin: algorithmicOrigin(desk, {
          side: intent.side,
          transcript: transcriptHash(transcript),
        }),
      }),
      transcript,
    );
    if (desk.reckless) this.#post.quiet(wish, now + RECKLESS_EVERY_MS);
    return true;
  }
}

function seen({ at, bookAt, sequence, instrument, candles }: Basis): readonly string[] {
  const last = candles.at(-1);
  return [
    ...(at - bookAt >= SETTLED_MS ? [bookId(instrument.symbol, sequence)] : []),
    ...(last === undefined ? [] : [candleId(last)]),
  ];
}

/** Why the desk asks, in the numbers that it went by. */
const reasonsOf = ({ desk }: DeskConfig, intent: Intent, basis: Basis): Json => ({
  desk,
  at: basis.at,
  why: intent.why,
  side: intent.side,
  confidence: intent.confidence,
  expectedMove: intent.expectedMove,
  mid: formatFixed(midOf(basis)),
  book: basis.sequence,
  closes: basis.candles.slice(-TUNING.slow).map(({ close }) => formatFixed(close)),
});

/** Twenty times the size, three per cent through the market, no stop: everything that the first door is for. */
function reckless(
  intent: Intent,
  { ask, instrument }: Readonly<{ ask: Price; instrument: Instrument }>,
): Intent {
  const past = ask + (ask * 30_000n) / 1_000_000n;
  return {
    ...intent,
    side: 'buy',
    qty: (intent.qty * 20n) as Qty,
    limitPrice: (past - (past % instrument.tick)) as Price,
    stopPrice: null,
    targetPrice: null,
    confidence: 1_000_000 as Ppm,
    reduceOnly: false,
  };
}
