/** Both doors assembled for measuring: real queue, ledger, vault process and venue over loopback, with a stamp at every stage. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import {
  breakers,
  canonicalText,
  encodePolicy,
  envelopeCodec,
  hashText,
  proposalCodec,
  RULES,
  type Side,
  type TimeMs,
} from '#firewall';
import { deskRecordsOf } from '../../bin/desk-records.ts';
import { openHouse, type House } from '../../bin/house.ts';
import { openMailbox } from '../../gate/command-files.ts';
import { laneNames, type Lanes } from '../../gate/contract.ts';
import { Gate } from '../../gate/gate.ts';
import { runGate } from '../../gate/run-gate.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { loadConfig, type Config } from '../../infra/config.ts';
import { dataDir, type DataDir } from '../../infra/data-dir.ts';
import { sealerOf } from '../../infra/keys.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { openLedgerFiles } from '../../ledger/ledger.ts';
import { initCourier, startCourier } from '../../signer/courier-process.ts';
import { openJournalFile } from '../../signer/journal-file.ts';
import { ledgerReceipts } from '../../signer/receipts.ts';
import { opener } from '../../signer/seal.ts';
import { vaultFiles } from '../../signer/vault-files.ts';
import { connectVault } from '../../signer/vault-link.ts';
import { paperVenue } from '../../signer/venues/paper-http.ts';
import { openMarket } from './bench-market.ts';
import { DESK, proposalFor, SYMBOL } from './bench-order.ts';
import { Stopwatch, type Times } from './stopwatch.ts';
import { tempoFree } from '../../tests/chaos/tempo-free.ts';

const now = (): TimeMs => Date.now() as TimeMs;

export type WholeLine = Readonly<{
  /** Sends one small order and resolves with the moment of each stage, from the sending on, in milliseconds. */
  once(): Promise<Times>;
  /** Sends many at once and resolves with the acknowledged ones per second. */
  burst(count: number): Promise<number>;
  close(): Promise<void>;
}>;

export async function openWholeLine(queueUrl: string): Promise<WholeLine> {
  const root = mkdtempSync(join(tmpdir(), 'airlock-line-'));
  const dir = dataDir(root);
  const config = configFor(dir);
  const house = openHouse(dir, config, 'bench', now());
  const market = await openMarket(dir, config, house.vault.address);
  const watch = new Stopwatch();
  const lanes = watch.lanes(
    openLanes({ url: queueUrl, prefix: `bench-${process.pid}-${now()}`, onError: () => undefined }),
  );
  const eyes = new MarketEyes({
    venueUrl: market.url,
    symbols: config.symbols,
    currency: 'USDT',
    now,
    trouble: () => undefined,
  });
  const gate = gateFor({ dir, config, house, eyes, watch });
  const running = runGate({
    gate,
    lanes,
    account: config.account,
    mailbox: openMailbox(root),
    onUndelivered: () => undefined,
  });
  const stopCourier = await courierFor({
    dir,
    config,
    house,
    eyes,
    watch,
    lanes,
    venueUrl: market.url,
  });
  await ready(gate, eyes);
  const proposals = lanes.lane(laneNames(config.account).proposals);
  const sealer = sealerOf(dir.keys, `desk-${DESK}`);
  const ask = async (side: Side): Promise<string> => {
    const proposal = proposalFor(eyes, side, gate.fold.account.version);
    const body = canonicalText(proposalCodec.write(proposal));
    watch.begin(proposal.id, hashText(body));
    const envelope = { ...sealer.seal('proposal', body), from: DESK };
    await proposals.send(proposal.id, envelopeCodec.write(envelope));
    return proposal.id;
  };
  return {
    once: () => turn(gate, async (side) => watch.ended(await ask(side))),
    burst: (count) => burst(count, { ask, watch }),
    async close() {
      await running.close();
      await stopCourier();
      await lanes.close();
      eyes.close();
      await market.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * Buys when flat and sells when not, so that the position stays small however long it is measured. Starts only once the
 * last order is booked. A busy machine makes the gate doubt its clock or its data now and then: such a round is repeated.
 */
async function turn(gate: Gate, round: (side: Side) => Promise<Times>): Promise<Times> {
  for (let tries = 1; ; tries += 1) {
    await booked(gate);
    const held = gate.fold.account.net.get(SYMBOL)?.qty ?? 0n;
    try {
      return await round(held > 0n ? 'sell' : 'buy');
    } catch (error) {
      if (tries === 20) throw error;
      await sleep(250);
    }
  }
}

const booked = async (gate: Gate): Promise<void> => {
  const open = (): boolean =>
    [...gate.fold.account.orders.values()].some(
      ({ state, filled, qty }) => state !== 'ended' && filled < qty,
    );
  for (let tries = 0; tries < 2_000 && open(); tries += 1) await sleep(2);
};

type Asking = Readonly<{ ask(side: Side): Promise<string>; watch: Stopwatch }>;

async function burst(count: number, { ask, watch }: Asking): Promise<number> {
  const started = performance.now();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await ask('buy'));
  const ends = await Promise.allSettled(ids.map((id) => watch.ended(id)));
  const acknowledged = ends.filter(({ status }) => status === 'fulfilled').length;
  return (acknowledged * 1_000) / (performance.now() - started);
}

/** Until the gate has booked the cash, compared with the venue, and got used to the light. */
async function ready(gate: Gate, eyes: MarketEyes): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    const { cash, reconciliation } = gate.fold.account;
    const market = eyes.view(SYMBOL, []);
    const warm = market?.feed?.warm === true && market.clock !== null;
    if (cash > 0n && reconciliation?.status === 'clean' && warm) return;
    if (performance.now() > end) throw new Error('the line did not become ready');
    await sleep(100);
  }
}

function configFor(dir: DataDir): Config {
  mkdirSync(dir.root, { recursive: true });
  const desks = [{ desk: DESK, strategy: DESK, symbol: SYMBOL, reckless: false }];
  writeFileSync(
    dir.config,
    stringify({ symbols: [SYMBOL], desks, cash: '100000000', stepMs: 250 }),
  );
  writeFileSync(dir.policy, stringify(tempoFree([DESK])));
  const loaded = loadConfig(dir.config, {}, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

type Parts = Readonly<{
  dir: DataDir;
  config: Config;
  house: House;
  eyes: MarketEyes;
  watch: Stopwatch;
}>;

function gateFor({ dir, config, house, eyes, watch }: Parts): Gate {
  const { policy, deskKeys, courierKey } = house;
  const build = { build: 'bench', policy: policy.hash };
  return new Gate(
    {
      openLedger: (onEntry) => openLedgerFiles(dir.ledger(config.account), onEntry),
      sealer: sealerOf(dir.keys, 'gate'),
      opener: { opens: opener() },
      courierKey,
      senses: {
        now,
        market: (symbol, evidence) => eyes.view(symbol, evidence),
        runtime: () => ({
          publicStreamAt: eyes.streamAt,
          privateStreamAt: eyes.streamAt,
          deadManArmed: null,
          auditDurable: true,
          host: { diskFreeMb: 10_000, memoryFreeMb: 10_000, loopLagMs: 0 },
          apiWeightLeft: 1_000_000,
          builds: [
            { worker: 'gate', ...build },
            { worker: 'courier', ...build },
          ],
          policyApproved: policy.hash,
        }),
      },
      nonce: () => randomBytes(16).toString('hex'),
      breakers,
      observe: watch.observe,
    },
    {
      identity: {
        account: config.account,
        venue: 'paper',
        network: 'paper',
        currency: config.currency,
      },
      configuration: {
        policy: encodePolicy(policy, RULES),
        policyHash: policy.hash,
        desks: deskRecordsOf(config, deskKeys),
        models: [],
        blackouts: [],
        modes: [{ scope: 'global', key: '*', mode: 'auto' }],
        build: 'bench',
      },
    },
  );
}

async function courierFor(
  parts: Parts & Readonly<{ lanes: Lanes; venueUrl: string }>,
): Promise<() => Promise<void>> {
  const { dir, config, house, eyes, watch, lanes, venueUrl } = parts;
  const vault = await connectVault({
    dir: dir.vault,
    passphrase: { file: vaultFiles(dir.vault).passphrase },
    runtimeDir: dir.run,
    log: () => undefined,
  });
  const venue = paperVenue({ url: venueUrl, account: config.account });
  const journal = join(dir.courier, 'courier.journal');
  initCourier(journal, { account: config.account, by: 'bench', now: now() });
  const sealer = sealerOf(dir.keys, 'courier');
  const courier = await startCourier(
    { account: config.account, gate: { keyId: 'gate', publicKey: house.gateKey }, opens: opener() },
    {
      file: openJournalFile(journal),
      vault: watch.vault(vault),
      venue: watch.venue(venue),
      lanes,
      laneNames: laneNames(config.account),
      market: (symbol) => eyes.view(symbol, []),
      now,
      seal: (body) => sealer.seal('outcome', body),
      receipts: ledgerReceipts(dir.ledger(config.account)),
      stopped: () => false,
      wait: (ms) => sleep(ms),
      log: () => undefined,
    },
  );
  return async () => {
    await courier.close();
    venue.close();
    await vault.close();
  };
}
