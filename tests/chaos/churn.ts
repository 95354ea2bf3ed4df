/** A desk that asks all day long, and a vandal on the queue: both speak only through the lanes, as any producer could. */
import { randomBytes } from 'node:crypto';
import {
  canonicalText,
  envelopeCodec,
  hashText,
  proposalCodec,
  type Json,
  type OrderProposal,
  type Ppm,
  type Price,
  type Qty,
  type Side,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import { laneNames, type Lanes } from '../../gate/contract.ts';
import { sealerOf } from '../../infra/keys.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { dataDir } from '../../infra/data-dir.ts';
import { readSnapshot } from '../../infra/snapshot-file.ts';
import { snapshotFiles, standingCodec } from '../../bin/snapshots.ts';

export const CHURN_DESK = 'churn';
export const SYMBOL = 'BTC/USDT:USDT';
const now = (): TimeMs => Date.now() as TimeMs;

export type Sent = Readonly<{ id: string; hash: string; body: string }>;

export class Churn {
  readonly sent: Sent[] = [];
  vandalism = 0;
  readonly #eyes: MarketEyes;
  readonly #lanes: Lanes;
  readonly #root: string;
  readonly #account: string;
  #side: Side = 'buy';

  constructor(
    options: Readonly<{ root: string; account: string; venueUrl: string; lanes: Lanes }>,
  ) {
    this.#root = options.root;
    this.#account = options.account;
    this.#lanes = options.lanes;
    this.#eyes = new MarketEyes({
      venueUrl: options.venueUrl,
      symbols: [SYMBOL],
      currency: 'USDT',
      now,
      trouble: () => undefined,
    });
  }

  /** One small taking order, buys and sells in turn; false while the market is not to be seen. */
  async ask(): Promise<boolean> {
    const proposal = this.#proposal();
    if (proposal === null) return false;
    const dir = dataDir(this.#root);
    const body = canonicalText(proposalCodec.write(proposal));
    const envelope = {
      ...sealerOf(dir.keys, `desk-${CHURN_DESK}`).seal('proposal', body),
      from: CHURN_DESK,
    };
    await this.#send('proposals', proposal.id, envelopeCodec.write(envelope));
    this.sent.push({ id: proposal.id, hash: hashText(body), body });
    this.#side = this.#side === 'buy' ? 'sell' : 'buy';
    return true;
  }

  /** Says old things again, and things that nobody said: none of it may ever be signed. */
  async vandalise(letters: readonly Json[], draw: () => number): Promise<void> {
    const old = this.sent.at(Math.floor(draw() * this.sent.length));
    const letter = letters.at(Math.floor(draw() * letters.length)) as
      | { approval: { body: string }; proposal: { body: string } }
      | undefined;
    if (old !== undefined) {
      const forged = {
        from: CHURN_DESK,
        body: old.body.replace('"qty":"0.0', '"qty":"9.0'),
        signature: 'AAAA',
      };
      await this.#send('proposals', randomBytes(8).toString('hex'), forged);
    }
    if (letter === undefined) return;
    const again = randomBytes(8).toString('hex');
    await this.#send('approvals', `again-${again}`, letter);
    const fatter = {
      ...letter,
      proposal: {
        ...letter.proposal,
        body: letter.proposal.body.replace('"qty":"0.0', '"qty":"9.0'),
      },
    };
    await this.#send('approvals', `fatter-${again}`, fatter);
    const longer = {
      ...letter,
      approval: {
        ...letter.approval,
        body: letter.approval.body.replace('"sequence":', '"sequence":9'),
      },
    };
    await this.#send('approvals', `longer-${again}`, longer);
    this.vandalism += 3;
  }

  close(): void {
    this.#eyes.close();
  }

  async #send(lane: 'proposals' | 'approvals', key: string, payload: Json): Promise<void> {
    await this.#lanes.lane(laneNames(this.#account)[lane]).send(key, payload);
  }

  #proposal(): OrderProposal | null {
    const market = this.#eyes.view(SYMBOL, []);
    const standing = readSnapshot(snapshotFiles(dataDir(this.#root)).standing, standingCodec);
    const [bid, ask] = [market?.book?.bids[0]?.price, market?.book?.asks[0]?.price];
    const candle = this.#eyes.candles(SYMBOL, 60_000 as SpanMs, 1)[0];
    if (bid === undefined || ask === undefined || standing === null || candle === undefined)
      return null;
    const buy = this.#side === 'buy';
    const step = 10_000_000n;
    const offset = (price: bigint, ppm: bigint): Price =>
      (((price * ppm) / 1_000_000n / step) * step) as Price;
    const at = now();
    return {
      kind: 'order',
      id: randomBytes(16).toString('hex'),
      createdAt: at,
      provenance: {
        desk: CHURN_DESK,
        strategy: CHURN_DESK,
        agent: CHURN_DESK,
        agentVersion: '1',
        graphVersion: 'none',
        modelId: null,
      },
      account: this.#account,
      venue: 'paper',
      network: 'paper',
      symbol: SYMBOL,
      side: this.#side,
      type: 'limit',
      tif: 'ioc',
      qty: 1_000_000n as Qty,
      limitPrice: buy ? offset(ask, 1_000_300n) : offset(bid, 999_700n),
      expiresAt: null,
      postOnly: false,
      reduceOnly: false,
      stopPrice: buy ? offset(bid, 980_000n) : offset(ask, 1_020_000n),
      targetPrice: buy ? offset(ask, 1_050_000n) : offset(bid, 950_000n),
      horizonMs: 1_800_000 as SpanMs,
      confidence: 900_000 as Ppm,
      expectedMove: 50_000 as Ppm,
      basisAt: at,
      basisMid: ((bid + ask) / 2n) as Price,
      basisVersion: standing.version,
      claims: { notional: null, riskReward: null },
      evidence: [`candle:${SYMBOL}:60000:${candle.closeAt}`],
      taint: 'none',
      votes: [{ agent: CHURN_DESK, side: this.#side }],
      transcript: hashText(`churn ${at}`),
      inference: null,
      telemetry: { steps: 1, tokens: 0, toolErrors: 0 },
    };
  }
}
