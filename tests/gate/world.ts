/** A small world for the gate: disks that tear and fill, a queue that repeats and forgets, real seals, a calm market. */
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import {
  breakers,
  encodePolicy,
  hashOf,
  proposalCodec,
  RULES,
  sealedText,
  textOf,
  type DeskRecord,
  type Envelope,
  type MarketView,
  type OrderProposal,
  type Policy,
  type Proposal,
  type Seal,
  type TimeMs,
} from '#firewall';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { baseMarket, baseOrder } from '../../firewall/proofs/views.ts';
import type { Opener, Sealer, Senses } from '../../gate/contract.ts';
import { courierWordCodec } from '../../gate/courier-words.ts';
import { Gate, type GateOptions, type GatePorts } from '../../gate/gate.ts';
import { LedgerError, type AppendFile, type Entry } from '../../ledger/contract.ts';
import { NO_HEAD, type Anchor, type Head } from '../../ledger/head-anchor.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { defaultPolicy } from '../firewall/policy-fixture.ts';

/** What a simulated power cut throws: nothing of ours catches it by name. */
export class Crash extends Error {}

/** Counts down to a crash; every outside effect of the gate passes here once before and once after. */
export class Fuse {
  left: number;
  passed = 0;
  constructor(left = Number.POSITIVE_INFINITY) {
    this.left = left;
  }
  step(): void {
    this.passed += 1;
    if (this.left <= 0) throw new Crash('power cut');
    this.left -= 1;
  }
}

/** A disk that keeps whole lines, and can tear the last one, fill up, fail or be set back. */
export class SimDisk {
  lines: string[] = [];
  head: Head | null = null;
  /** An unfinished line that a crash left behind; opening cuts it off. */
  torn = '';
  failWith: 'LEDGER_DISK_FULL' | 'LEDGER_WRITE_FAILED' | null = null;
  fuse = new Fuse();

  open(): { file: AppendFile; anchor: Anchor } {
    this.torn = '';
    return {
      file: {
        append: (line) => {
          if (this.failWith !== null) throw new LedgerError(this.failWith, 'simulated');
          try {
            this.fuse.step();
          } catch (cause) {
            this.torn = line.slice(0, line.length / 2);
            throw cause;
          }
          this.lines.push(line);
          this.fuse.step();
        },
        lines: () => [...this.lines],
        close() {},
      },
      anchor: {
        read: () => this.head,
        write: (head) => {
          this.head = head;
          if (head !== NO_HEAD && this.lines.length > 0) this.fuse.step();
        },
        close() {},
      },
    };
  }

  copy(): SimDisk {
    const copy = new SimDisk();
    copy.lines = [...this.lines];
    copy.head = this.head;
    return copy;
  }
}

export type Keys = Readonly<{ sealer: Sealer; publicKey: string }>;

export function keysOf(name: string): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(12);
  return {
    publicKey: raw.toString('base64'),
    sealer: { keyId: name, seal: (kind, body) => sealWith(privateKey, name, kind, body) },
  };
}

const sealWith = (key: KeyObject, from: string, kind: Seal, body: string): Envelope => ({
  from,
  body,
  signature: sign(null, Buffer.from(sealedText(kind, body)), key).toString('base64'),
});

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
export const opener: Opener = {
  opens(kind, envelope, publicKey) {
    const der = Buffer.concat([SPKI, Buffer.from(publicKey, 'base64')]);
    const key = { key: der, format: 'der', type: 'spki' } as const;
    const signature = Buffer.from(envelope.signature, 'base64');
    return verify(null, Buffer.from(sealedText(kind, envelope.body)), key, signature);
  },
};

export const POLICY: Policy = defaultPolicy();
export const GATE = keysOf('gate');
export const COURIER = keysOf('courier');
export const DESK = keysOf('desk-1');

const base = baseCase(POLICY);
export const DESKS: readonly DeskRecord[] = [
  { ...(base.controls.desks?.[0] as DeskRecord), publicKey: DESK.publicKey },
];

export const OPTIONS: GateOptions = {
  identity: { account: 'main', venue: 'paper', network: 'paper', currency: 'USDT' },
  configuration: {
    policy: encodePolicy(POLICY, RULES),
    policyHash: POLICY.hash,
    desks: DESKS,
    models: base.controls.models ?? [],
    blackouts: [],
    modes: [],
    build: 'b1',
  },
};

/** The gate, its disk and its clock; `restart` is a new process on the same disk. */
export class World {
  readonly disk: SimDisk;
  now: number = NOW;
  market: MarketView | null = baseMarket;
  readonly seen: Entry[] = [];
  gate: Gate;
  #nonces = 0;
  options: GateOptions;

  constructor(disk = new SimDisk(), options = OPTIONS) {
    this.disk = disk;
    this.options = options;
    this.gate = this.#start();
  }

  #start(): Gate {
    return new Gate(this.#ports(), this.options);
  }

  restart(): this {
    this.gate = this.#start();
    return this;
  }

  #ports(): GatePorts {
    const senses: Senses = {
      now: () => this.now as TimeMs,
      market: (symbol) =>
        this.market === null ? null : { ...this.market, symbol, ...this.#fresh() },
      runtime: () => {
        return {
          ...base.controls.runtime,
          publicStreamAt: (this.now - 100) as TimeMs,
          privateStreamAt: (this.now - 100) as TimeMs,
        };
      },
    };
    return {
      openLedger: (onEntry) => openLedger({ ...this.disk.open(), onEntry }),
      sealer: GATE.sealer,
      opener,
      courierKey: COURIER.publicKey,
      senses,
      nonce: () => `${(this.#nonces += 1)}`.padStart(16, '0').padStart(32, 'a'),
      breakers,
      observe: (entry) => this.seen.push(entry),
    };
  }

  /** The market a moment ago, whatever the time is. */
  #fresh(): Partial<MarketView> {
    const { market } = this;
    if (market === null) return {};
    const shift = this.now - NOW;
    const at = (time: number): TimeMs => (time + shift) as TimeMs;
    const { book, bar, reference, funding, feed } = market;
    return {
      asOf: at(market.asOf),
      book: book && { ...book, exchangeAt: at(book.exchangeAt), receivedAt: at(book.receivedAt) },
      bar: bar && { ...bar, closedAt: at(bar.closedAt) },
      reference: reference && { ...reference, at: at(reference.at) },
      funding: funding && { ...funding, nextAt: at(funding.nextAt) },
      feed: feed && { ...feed, heartbeatAt: at(feed.heartbeatAt) },
      marks: Object.fromEntries(
        Object.entries(market.marks).map(([symbol, mark]) => [
          symbol,
          { ...mark, at: at(mark.at) },
        ]),
      ),
    };
  }

  /** Money in, books compared: the account is ready to trade. */
  fund(amount = '100000'): this {
    this.hear({ kind: 'cash', at: this.now, id: 'deposit-1', amount, reason: 'deposit' });
    this.clean();
    this.gate.mark();
    return this;
  }

  clean(): void {
    this.hear({ kind: 'reconciled', at: this.now, status: 'clean', detail: 'equal' });
  }

  /** The courier says something, sealed. Decimals are strings, absent fields are null. */
  hear(word: Readonly<Record<string, unknown>>): void {
    this.gate.receiveOutcome(courierSays(word));
  }

  events<K extends Entry['event']['kind']>(kind: K): Extract<Entry['event'], { kind: K }>[] {
    return [...openEntries(this.disk)]
      .map((entry) => entry.event)
      .filter((event): event is Extract<Entry['event'], { kind: K }> => event.kind === kind);
  }
}

export const openEntries = (disk: SimDisk): Iterable<Entry> => {
  const ledger = openLedger(disk.copy().open());
  return ledger.entries();
};

export function courierSays(word: Readonly<Record<string, unknown>>): Envelope {
  const whole = word['kind'] === 'cash' ? { symbol: null, ...word } : word;
  const event = courierWordCodec.read(whole, '$');
  return COURIER.sealer.seal('outcome', textOf(courierWordCodec, event));
}

let ids = 0;
/** An order that passes every rule of a funded, reconciled account. */
export function orderAt(now: number, change: Partial<OrderProposal> = {}): OrderProposal {
  ids += 1;
  const shift = now - NOW;
  return {
    ...baseOrder,
    id: `${ids}`.padStart(32, '0'),
    basisVersion: 0,
    claims: { notional: null, riskReward: null },
    createdAt: (baseOrder.createdAt + shift) as TimeMs,
    basisAt: (baseOrder.basisAt + shift) as TimeMs,
    ...change,
  };
}

export const sealed = (proposal: Proposal, keys: Keys = DESK): Envelope =>
  keys.sealer.seal('proposal', textOf(proposalCodec, proposal));

export const hashOfProposal = (proposal: Proposal) => hashOf(proposalCodec, proposal);
