/** The desks without a model, as one process: each looks at its market and may only propose. */
import { randomBytes } from 'node:crypto';
import {
  canonicalText,
  formatFixed,
  hashText,
  envelopeCodec,
  proposalCodec,
  type Book,
  type Hash,
  type Instrument,
  type Json,
  type OrderProposal,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import { look, TUNING, type Intent } from '../../agents/algorithmic.ts';
import { laneNames, type Lane, type Sealer } from '../../gate/contract.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import type { DeskConfig } from '../../infra/desk-config.ts';
import { sealerOf } from '../../infra/keys.ts';
import { errorFields, type Log } from '../../infra/log.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { readSnapshot } from '../../infra/snapshot-file.ts';
import type { Candle } from '../../market/contract.ts';
import { runRole } from '../role.ts';
import { snapshotFiles, standingCodec, type Standing } from '../snapshots.ts';

const MINUTE = 60_000 as SpanMs;
const BARS = 60;
/** After a refusal a desk thinks again before it asks again. */
const AFTER_REFUSAL_MS = 20_000;
const RECKLESS_EVERY_MS = 15_000;
const STANDING_OLD_MS = 3_000;
const SETTLED_MS = 50;
const realNow = (): TimeMs => Date.now() as TimeMs;

runRole('desk', async (context) => {
  const { config, dir, log } = context;
  const eyes = new MarketEyes({
    venueUrl: context.venueUrl,
    symbols: config.symbols,
    currency: config.currency,
    now: realNow,
    trouble: (code, detail) => log('warn', code, { detail }),
  });
  const lanes = openLanes({
    url: context.queueUrl,
    prefix: 'airlock',
    onError: (error) => log('warn', 'QUEUE_TROUBLE', errorFields(error)),
  });
  const lane = lanes.lane(laneNames(config.account).proposals);
  const desks = config.desks.map(
    (desk) =>
      new Desk(desk, config.account, {
        eyes,
        lane,
        sealer: sealerOf(dir.keys, `desk-${desk.desk}`),
        log,
      }),
  );
  const round = async (): Promise<void> => {
    const standing = readSnapshot(snapshotFiles(dir).standing, standingCodec);
    if (standing === null || realNow() - standing.at > STANDING_OLD_MS) return;
    for (const desk of desks) {
      try {
        await desk.round(standing);
      } catch (error) {
        log('warn', 'PROPOSAL_UNSENT', { desk: desk.name, ...errorFields(error) });
      }
    }
  };
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(round);
  }, config.deskEveryMs);
  return async () => {
    clearInterval(timer);
    await running;
    await lanes.close();
    eyes.close();
  };
});

type DeskPorts = Readonly<{ eyes: MarketEyes; lane: Lane; sealer: Sealer; log: Log }>;

class Desk {
  readonly #desk: DeskConfig;
  readonly #account: string;
  readonly #ports: DeskPorts;
  #quietUntil = 0;
  #asked: string | null = null;

  constructor(desk: DeskConfig, account: string, ports: DeskPorts) {
    this.#desk = desk;
    this.#account = account;
    this.#ports = ports;
  }

  get name(): string {
    return this.#desk.desk;
  }

  async round(standing: Standing): Promise<void> {
    const now = realNow();
    if (now < this.#quietUntil || !this.#answered(standing, now)) return;
    const { symbol, strategy } = this.#desk;
    const market = this.#ports.eyes.view(symbol, []);
    const instrument = market?.instrument ?? null;
    const [bid, ask] = [market?.book?.bids[0]?.price, market?.book?.asks[0]?.price];
    if (
      market === null ||
      instrument === null ||
      market.book === null ||
      bid === undefined ||
      ask === undefined
    )
      return;
    // A desk whose own eyes are still getting used to the light keeps still.
    if (market.feed?.warm !== true || market.clock === null) return;
    const candles = this.#ports.eyes.candles(symbol, MINUTE, BARS);
    const held = standing.positions.find((position) => position.strategy === strategy);
    const intent = look({
      instrument,
      bars: candles,
      bid,
      ask,
      equity: standing.equity ?? (0n as NonNullable<Standing['equity']>),
      position: held?.qty ?? (0n as Qty),
      stopPrice: held?.stopPrice ?? null,
      leave: (held?.leave ?? null) !== null,
      pending: standing.working.includes(strategy),
    });
    if (intent === null) return;
    const asked = this.#desk.reckless ? reckless(intent, { ask, instrument }) : intent;
    await this.#propose(asked, {
      book: market.book,
      candles,
      mid: ((bid + ask) / 2n) as Price,
      standing,
      now,
    });
    if (this.#desk.reckless) this.#quietUntil = now + RECKLESS_EVERY_MS;
  }

  /** Whether the last proposal has its answer; a refusal is taken as a reason to think again. */
  #answered({ lastByDesk }: Standing, now: TimeMs): boolean {
    if (this.#asked === null) return true;
    const last = Object.hasOwn(lastByDesk, this.name) ? lastByDesk[this.name] : undefined;
    if (last?.proposalId !== this.#asked) {
      // The gate may never have seen it: an unanswered proposal is worthless after its time to live.
      if (now > this.#quietUntil + MINUTE) this.#asked = null;
      return false;
    }
    this.#asked = null;
    if (last.verdict === 'approved') return true;
    this.#quietUntil = Math.max(
      this.#quietUntil,
      now + (this.#desk.reckless ? 0 : AFTER_REFUSAL_MS),
    );
    return false;
  }

  async #propose(intent: Intent, seen: Seen): Promise<void> {
    const { sealer, lane, log } = this.#ports;
    const reasons = canonicalText(reasonsOf(this.name, intent, seen));
    const transcript = hashText(reasons);
    // The text that the hash in the proposal stands for; whoever asks why finds it in the desk's log.
    log('info', 'TRANSCRIPT', { hash: transcript, reasons });
    const proposal = proposalOf(this.#desk, this.#account, intent, { ...seen, transcript });
    const envelope = sealer.seal('proposal', canonicalText(proposalCodec.write(proposal)));
    // Desks sign under their own name; the key's file name is the house's business.
    const letter = { ...envelope, from: this.name };
    this.#asked = proposal.id;
    this.#quietUntil = seen.now;
    await lane.send(proposal.id, envelopeCodec.write(letter));
  }
}

type Seen = Readonly<{
  book: Book;
  candles: readonly Candle[];
  mid: Price;
  standing: Standing;
  now: TimeMs;
}>;

function proposalOf(
  desk: DeskConfig,
  account: string,
  intent: Intent,
  seen: Seen & Readonly<{ transcript: Hash }>,
): OrderProposal {
  const { book, candles, mid, standing, now, transcript } = seen;
  const last = candles.at(-1);
  // The gate has its own connection: a book that arrived this very moment may not have reached it yet.
  const evidence =
    now - book.receivedAt >= SETTLED_MS ? [`book:${desk.symbol}:${book.sequence}`] : [];
  if (last !== undefined)
    evidence.push(`candle:${desk.symbol}:${last.timeframeMs}:${last.closeAt}`);
  return {
    kind: 'order',
    id: randomBytes(16).toString('hex'),
    createdAt: now,
    provenance: {
      desk: desk.desk,
      strategy: desk.strategy,
      agent: `algorithmic-${desk.desk}`,
      agentVersion: '1',
      graphVersion: 'none',
      modelId: null,
    },
    account,
    venue: 'paper',
    network: 'paper',
    symbol: desk.symbol,
    side: intent.side,
    type: 'limit',
    tif: 'ioc',
    qty: intent.qty,
    limitPrice: intent.limitPrice,
    expiresAt: null,
    postOnly: false,
    reduceOnly: intent.reduceOnly,
    stopPrice: intent.stopPrice,
    targetPrice: intent.targetPrice,
    horizonMs: TUNING.horizonMs,
    confidence: intent.confidence,
    expectedMove: intent.expectedMove,
    basisAt: now,
    basisMid: mid,
    basisVersion: standing.version,
    claims: { notional: null, riskReward: null },
    evidence,
    taint: 'none',
    votes: [{ agent: `algorithmic-${desk.desk}`, side: intent.side }],
    transcript,
    inference: null,
    telemetry: { steps: 1, tokens: 0, toolErrors: 0 },
  };
}

/** Why the desk asks, in the numbers that it went by. */
const reasonsOf = (desk: string, intent: Intent, { book, candles, mid, now }: Seen): Json => ({
  desk,
  at: now,
  why: intent.why,
  side: intent.side,
  confidence: intent.confidence,
  expectedMove: intent.expectedMove,
  mid: formatFixed(mid),
  book: book.sequence,
  closes: candles.slice(-TUNING.slow).map(({ close }) => formatFixed(close)),
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
