/** The house on a clock of its own: the same doors, a market whose time waits, and a record that can be audited. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newProposalId } from '../../../bin/desk-post.ts';
import {
  SCALE,
  type OrderProposal,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import { openVirtualDesks } from '../../../bin/virtual/virtual-desks.ts';
import { openVirtualHouse, type VirtualHouse } from '../../../bin/virtual/virtual-house.ts';
import { loadConfig } from '../../../infra/config.ts';
import { dataDir } from '../../../infra/data-dir.ts';
import { audit } from '../../../ledger/audit.ts';
import { readJournalFile } from '../../../ledger/journal-file.ts';
import { opener } from '../../../signer/seal.ts';

const SYMBOL = 'BTC/USDT:USDT';
const START = Date.UTC(2026, 10, 2, 9) as TimeMs;
const root = mkdtempSync(join(tmpdir(), 'airlock-virtual-'));
const dir = dataDir(root);
let house: VirtualHouse;

beforeAll(async () => {
  const loaded = loadConfig(dir.config, {}, { 'step-ms': '1000' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  house = await openVirtualHouse({
    dir,
    config: loaded.config,
    feed: null,
    startAt: START,
    openAt: START,
    models: [],
    log: () => undefined,
  });
});

afterAll(async () => {
  await house.close();
  rmSync(root, { recursive: true, force: true });
});

const on = (value: bigint, step: bigint): bigint => value - (value % step);

function order(worth: bigint, change: Partial<OrderProposal> = {}): OrderProposal {
  const view = house.store.view(SYMBOL, house.now(), []);
  const [ask, bid] = [view?.book?.asks[0]?.price, view?.book?.bids[0]?.price];
  const instrument = view?.instrument;
  if (!instrument || ask === undefined || bid === undefined) throw new Error('no market');
  const last = house.store.candles(SYMBOL, 60_000 as SpanMs, house.now(), 1)[0];
  const share = (ppm: bigint): Price => on((ask * ppm) / 1_000_000n, instrument.tick) as Price;
  return {
    kind: 'order',
    id: newProposalId(),
    createdAt: house.now(),
    provenance: {
      desk: 'trend-btc',
      strategy: 'trend-btc',
      agent: 'by-hand',
      agentVersion: '1',
      graphVersion: 'none',
      modelId: null,
    },
    account: 'paper',
    venue: 'paper',
    network: 'paper',
    symbol: SYMBOL,
    side: 'buy',
    type: 'limit',
    tif: 'ioc',
    qty: on((worth * SCALE * SCALE) / ask, instrument.lot) as Qty,
    limitPrice: share(1_000_300n),
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    stopPrice: share(985_000n),
    targetPrice: share(1_030_000n),
    horizonMs: 1_800_000 as SpanMs,
    confidence: 700_000 as Ppm,
    expectedMove: 20_000 as Ppm,
    basisAt: house.now(),
    basisMid: ((ask + bid) / 2n) as Price,
    basisVersion: house.standing().version,
    claims: { notional: null, riskReward: null },
    evidence: [`candle:${SYMBOL}:60000:${last?.closeAt ?? 0}`],
    taint: 'none',
    votes: [{ agent: 'by-hand', side: 'buy' }],
    transcript: '0'.repeat(64) as OrderProposal['transcript'],
    inference: null,
    telemetry: { steps: 1, tokens: 0, toolErrors: 0 },
    ...change,
  };
}

describe('a virtual house', () => {
  test('lets its market move only when it is told to', async () => {
    const before = house.now();
    const { cash } = house.standing();
    await house.pass(60_000 as SpanMs);
    expect(house.now() - before).toBe(60_000);
    expect(cash).toBe(100_000n * SCALE);
    // Five minutes without a word from the venue would refuse everything; the courier keeps comparing in this time.
    await house.pass(300_000 as SpanMs);
    expect(house.wouldSay(order(3_000n)).kind).toBe('approved');
  });

  test('says what the first door would say, and records nothing of it', () => {
    const { ledgerEntries, decisions } = house.standing();
    const verdict = house.wouldSay(order(60_000n));
    expect(verdict).toMatchObject({ kind: 'refused' });
    expect(house.standing()).toMatchObject({ ledgerEntries, decisions });
  });

  test('brings a good order through both doors and a bad one to the first', async () => {
    await house.submit('trend-btc', order(3_000n));
    expect(house.standing()).toMatchObject({ decisions: 1, fills: 1 });
    expect(house.standing().positions).toMatchObject([{ symbol: SYMBOL, strategy: 'trend-btc' }]);
    await house.submit('trend-btc', order(60_000n));
    expect(house.standing()).toMatchObject({ decisions: 2, fills: 1 });
    expect(house.standing().lastByDesk['trend-btc']).toMatchObject({ verdict: 'refused' });
  });

  test('leaves a ledger that every verdict can be judged from again', () => {
    const report = audit(readJournalFile(dir.ledger('paper')), opener());
    expect(report).toMatchObject({ decisions: 2, fault: null });
  });
});

test('its desks go on without a memory that cannot be opened', () => {
  const own = dataDir(join(root, 'without-memory'));
  mkdirSync(join(own.desks, 'memory.db'), { recursive: true });
  const loaded = loadConfig(dir.config, {}, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  const said: string[] = [];
  const desks = openVirtualDesks(
    {
      dir: own,
      config,
      house,
      desks: config.desks,
      model: null,
      runtime: null,
      forecast: null,
      endsAt: null,
      replayed: false,
      close: () => Promise.resolve(),
    },
    (code) => said.push(code),
  );
  expect(said).toEqual(['MEMORY_UNREADABLE']);
  expect(desks.desks).toHaveLength(config.desks.length);
  desks.learn();
  desks.close();
});
