/**
 * The whole house in one process, on a clock of its own: simulated or replayed market, gate, vault process, courier, venue.
 * The doors are the same code as in the running house; only the queue is missing and time stands still while others think.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  canonicalText,
  envelopeCodec,
  proposalCodec,
  type ModelRecord,
  type Proposal,
  type SpanMs,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { PaperVenue } from '../../exchange/venue.ts';
import { startVenueServer, type VenueServer } from '../../exchange/server.ts';
import { openMailbox } from '../../gate/command-files.ts';
import { laneNames, type Lane, type Lanes, type Sealer } from '../../gate/contract.ts';
import type { Gate } from '../../gate/gate.ts';
import { runGate, type RunningGate } from '../../gate/run-gate.ts';
import type { Config } from '../../infra/config.ts';
import type { DataDir } from '../../infra/data-dir.ts';
import { sealerOf } from '../../infra/keys.ts';
import type { Log } from '../../infra/log.ts';
import { ledgerReceipts } from '../../signer/receipts.ts';
import type { Feed } from '../../market/contract.ts';
import type { LocalMarketStore } from '../../market/store.ts';
import { initCourier, startCourier, type Courier } from '../../signer/courier-process.ts';
import { openJournalFile } from '../../signer/journal-file.ts';
import { opener } from '../../signer/seal.ts';
import { recoverAddress } from '../../signer/secp.ts';
import { vaultFiles } from '../../signer/vault-files.ts';
import { connectVault, type VaultLink } from '../../signer/vault-link.ts';
import { paperVenue } from '../../signer/venues/paper-http.ts';
import { Chronicle } from '../chronicle.ts';
import { openHouse, type House } from '../house.ts';
import { lineOf } from '../live-view.ts';
import type { Standing } from '../snapshots.ts';
import { directLanes } from './direct-lanes.ts';
import { virtualGate } from './virtual-gate.ts';
import { VirtualMarket } from './virtual-market.ts';
import { VirtualTime } from './virtual-time.ts';

export type VirtualOptions = Readonly<{
  dir: DataDir;
  config: Config;
  /** Null: the simulated market of the configuration. */
  feed: Feed | null;
  startAt: TimeMs;
  /** When the house opens: at the start, or later in the market's story. */
  openAt: TimeMs;
  /** Language and price models that may stand behind a proposal. */
  models: readonly ModelRecord[];
  log: Log;
}>;

export type VirtualHouse = Readonly<{
  house: House;
  chronicle: Chronicle;
  now(): TimeMs;
  store: LocalMarketStore;
  standing(): Standing;
  /** What the first door would say now. Nothing is recorded. */
  wouldSay(proposal: Proposal): Verdict;
  /** Where desks put their sealed proposals. */
  proposals: Lane;
  sealerOf(desk: string): Sealer;
  /** Resolves when everything that was proposed was refused, or has ended at the venue. */
  settle(): Promise<void>;
  /** Seals, proposes and settles. */
  submit(desk: string, proposal: Proposal): Promise<void>;
  /** What has happened at the doors since the last call, a line each. */
  told(): readonly string[];
  /** Moves the market and everything that falls due. */
  pass(span: SpanMs): Promise<void>;
  close(): Promise<void>;
}>;

/** How long, in real time, an order may take from the first door to the venue and back. */
const SETTLE_MS = 20_000;
const WAY_MS = 5 as SpanMs;

export async function openVirtualHouse(options: VirtualOptions): Promise<VirtualHouse> {
  const { dir, config, log, openAt } = options;
  const time = new VirtualTime(openAt);
  const house = openHouse(dir, config, 'virtual', openAt);
  const market = new VirtualMarket(config, options.feed, options);
  const venue = venueFor(config, { house, market, time });
  const server = await startVenueServer({ venue, port: 0 });
  market.connect(venue);
  const chronicle = new Chronicle();
  const gate = virtualGate(options, { house, market, chronicle, now: time.now });
  const lanes = directLanes((error) =>
    log('error', 'LANE_FAILED', { detail: (error as Error).message }),
  );
  const running = runGate({
    gate,
    lanes,
    account: config.account,
    mailbox: openMailbox(dir.root),
    onUndelivered: (approvalId) => log('warn', 'APPROVAL_UNDELIVERED', { approvalId }),
  });
  const signer = await signerFor(options, { house, market, time, lanes, url: server.url });
  const parts: Parts = {
    options,
    house,
    time,
    market,
    venue,
    server,
    gate,
    running,
    lanes,
    signer,
  };
  await funded(parts);
  return {
    house,
    chronicle,
    now: time.now,
    store: market.store,
    standing: () => chronicle.standing(gate.fold, market.eyes, config.account, time.now()),
    wouldSay: (proposal) => gate.wouldSay(proposal),
    proposals: lanes.lane(laneNames(config.account).proposals),
    sealerOf: (desk) => sealerOf(dir.keys, `desk-${desk}`),
    settle: () => settle(parts),
    submit: (desk, proposal) => submit(parts, desk, proposal),
    told: () => chronicle.take().flatMap((happening) => lineOf(happening) ?? []),
    pass: (span) => pass(parts, span),
    close: () => close(parts),
  };
}

type Signer = Readonly<{ courier: Courier; vault: VaultLink; close(): Promise<void> }>;
type Parts = Readonly<{
  options: VirtualOptions;
  house: House;
  time: VirtualTime;
  market: VirtualMarket;
  venue: PaperVenue;
  server: VenueServer;
  gate: Gate;
  running: RunningGate;
  lanes: Lanes;
  signer: Signer;
}>;

type VenueParts = Readonly<{ house: House; market: VirtualMarket; time: VirtualTime }>;

function venueFor(config: Config, { house, market, time }: VenueParts): PaperVenue {
  const instant = 0 as SpanMs;
  const venue = new PaperVenue({
    engine: {
      instruments: market.instruments,
      currency: config.currency,
      latency: { entryMs: instant, cancelMs: instant, jitterMs: instant },
      queue: { kind: 'risk-averse' },
      impactHalfLifeMs: 300_000 as SpanMs,
      dailyVolume: market.dailyVolume(),
      seed: config.seed,
    },
    now: time.now,
    recover: recoverAddress,
    journal: null,
  });
  venue.register(config.account, house.vault.address);
  venue.deposit(config.account, config.cash);
  return venue;
}

type SignerParts = VenueParts & Readonly<{ lanes: Lanes; url: string }>;

async function signerFor(
  { dir, config, log }: VirtualOptions,
  { house, market, time, lanes, url }: SignerParts,
): Promise<Signer> {
  const vault = await connectVault({
    dir: dir.vault,
    passphrase: { file: vaultFiles(dir.vault).passphrase },
    runtimeDir: join(dir.root, 'vault-node'),
    log: (line) => log('info', 'VAULT_SAYS', { line }),
  });
  const venue = paperVenue({ url, account: config.account });
  const journal = join(dir.courier, 'courier.journal');
  const { account } = config;
  if (!existsSync(journal)) initCourier(journal, { account, by: 'virtual', now: time.now() });
  const sealer = sealerOf(dir.keys, 'courier');
  const courier = await startCourier(
    { account, gate: { keyId: 'gate', publicKey: house.gateKey }, opens: opener() },
    {
      file: openJournalFile(journal),
      vault,
      venue,
      lanes,
      laneNames: laneNames(account),
      market: (symbol) => market.store.view(symbol, time.now(), []),
      now: time.now,
      seal: (body) => sealer.seal('outcome', body),
      receipts: ledgerReceipts(dir.ledger(account)),
      stopped: () => existsSync(dir.halt),
      wait: time.wait,
      log: (level, code, detail) => log(level, code, { detail }),
    },
  );
  return {
    courier,
    vault,
    async close() {
      const closing = courier.close();
      time.release();
      await closing;
      venue.close();
      await vault.close();
    },
  };
}

/** Nobody trades before the deposit is booked and the venue was compared with. */
async function funded(parts: Parts): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  const { account } = parts.gate.fold;
  while (account.cash === 0n || account.reconciliation?.status !== 'clean') {
    if (performance.now() > end) throw new Error('the virtual house did not become ready');
    await pass(parts, 1_000 as SpanMs);
    await sleep(2);
  }
}

async function pass({ time, market, venue, gate }: Parts, span: SpanMs): Promise<void> {
  const until = time.now() + span;
  while (time.now() < until) {
    const step = Math.min(market.stepMs, until - time.now()) as SpanMs;
    await time.pass(step);
    market.advance(time.now());
    venue.advance();
    if (market.minded(time.now())) gate.mark();
  }
}

async function submit(parts: Parts, desk: string, proposal: Proposal): Promise<void> {
  const { options, lanes } = parts;
  const sealer = sealerOf(options.dir.keys, `desk-${desk}`);
  const envelope = sealer.seal('proposal', canonicalText(proposalCodec.write(proposal)));
  const lane = lanes.lane(laneNames(options.config.account).proposals);
  await lane.send(proposal.id, envelopeCodec.write({ ...envelope, from: desk }));
  await settle(parts);
}

async function settle(parts: Parts): Promise<void> {
  const { options, lanes, gate, running } = parts;
  const { proposals } = laneNames(options.config.account);
  const end = performance.now() + SETTLE_MS;
  while ((await lanes.depth(proposals)) > 0 || underWay(gate)) {
    if (performance.now() > end) throw new Error('the order did not settle');
    await Promise.race([sleep(1), running.failed]);
    // The way to the venue and back costs market time as well.
    await pass(parts, WAY_MS);
  }
}

/** Whether an approval or an order of ours still waits for a word. */
const underWay = ({ fold }: Gate): boolean =>
  fold.account.unanswered.size > 0 ||
  [...fold.account.orders.values()].some(({ state }) => state !== 'ended');

async function close({ running, signer, lanes, server }: Parts): Promise<void> {
  await running.close();
  await signer.close();
  await lanes.close();
  await server.close();
}
