/** The ledger: durable appends, folding, and the audit that judges everything again, each beside the bare work under it. */
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  breakers,
  encodePolicy,
  RULES,
  sealedText,
  textOf,
  proposalCodec,
  type Envelope,
  type OrderProposal,
  type Qty,
  type Seal,
  type TimeMs,
} from '#firewall';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { baseMarket, baseOrder } from '../../firewall/proofs/views.ts';
import type { Opener } from '../../gate/contract.ts';
import { courierWordCodec } from '../../gate/courier-words.ts';
import { Gate } from '../../gate/gate.ts';
import { SHIPPED_POLICY, loadPolicy } from '../../infra/policy-file.ts';
import { audit } from '../../ledger/audit.ts';
import type { Entry } from '../../ledger/contract.ts';
import { Fold } from '../../ledger/fold.ts';
import { openLedgerFiles } from '../../ledger/ledger.ts';
import { readJournalFile } from '../../ledger/journal-file.ts';
import type { Bench, Figure } from '../contract.ts';
import { atLeast } from '../measure.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'airlock-bench-'));
const perSecond = (count: number, ms: number): number => (count * 1_000) / ms;

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** One process's seals without key files. */
function signer(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('base64');
  const seal = (kind: Seal, body: string): Envelope => ({
    from: name,
    body,
    signature: sign(null, Buffer.from(sealedText(kind, body)), privateKey).toString('base64'),
  });
  const opens = (kind: Seal, { body, signature }: Envelope): boolean =>
    verify(null, Buffer.from(sealedText(kind, body)), publicKey, Buffer.from(signature, 'base64'));
  return { keyId: name, raw, seal, opens };
}

const { policy } = loadPolicy(SHIPPED_POLICY);
const base = baseCase(policy);
const desk = signer('desk-1');
const courier = signer('courier');
const opener: Opener = {
  opens: (kind, envelope) => (kind === 'proposal' ? desk : courier).opens(kind, envelope),
};

type Day = Readonly<{ path: string; entries: readonly Entry[]; decideMs: number }>;

/** A ledger as a running gate writes it: proposals judged, one in a few approved, acknowledged and filled. */
function writeDay(dir: string, proposals: number): Day {
  const path = join(dir, 'main.ledger');
  const entries: Entry[] = [];
  let now = NOW as number;
  let nonce = 0;
  const gate = new Gate(
    {
      openLedger: (onEntry) => openLedgerFiles(path, onEntry),
      sealer: signer('gate'),
      opener,
      courierKey: courier.raw,
      senses: {
        now: () => now as TimeMs,
        market: () => baseMarket,
        runtime: () => base.controls.runtime,
      },
      nonce: () => `${(nonce += 1)}`.padStart(32, '0'),
      breakers,
      observe: (entry) => entries.push(entry),
    },
    {
      identity: { account: 'main', venue: 'paper', network: 'paper', currency: 'USDT' },
      configuration: {
        policy: encodePolicy(policy, RULES),
        policyHash: policy.hash,
        desks: (base.controls.desks ?? []).map((record) => ({ ...record, publicKey: desk.raw })),
        models: base.controls.models ?? [],
        blackouts: [],
        modes: [],
        build: 'b1',
      },
    },
  );
  const says = (word: object): void => {
    const body = textOf(courierWordCodec, courierWordCodec.read(word, '$'));
    gate.receiveOutcome(courier.seal('outcome', body));
  };
  const deposit = { kind: 'cash', id: 'd', amount: '100000', reason: 'deposit', symbol: null };
  says({ ...deposit, at: now });
  says({ kind: 'reconciled', at: now, status: 'clean', detail: 'equal' });
  gate.mark();
  let decideMs = 0;
  for (let index = 0; index < proposals; index += 1) {
    now += 7;
    const order: OrderProposal = {
      ...baseOrder,
      id: `${index}`.padStart(32, '0'),
      basisVersion: 0,
      qty: (baseOrder.qty + BigInt(index) * 10_000n) as Qty,
    };
    const letter = desk.seal('proposal', textOf(proposalCodec, order));
    decideMs += timed(() => gate.receiveProposal(letter));
  }
  gate.close();
  return { path, entries, decideMs };
}

/** Appends of a decision's size with and without the chain around them. */
const appends: Bench = {
  name: 'ledger append',
  unit: 'appends/s',
  async run() {
    const dir = folder();
    try {
      const { entries } = writeDay(dir, 20);
      const event = entries.find((entry) => entry.event.kind === 'decision')?.event;
      if (event === undefined) return [];
      const count = 400;
      const ledger = openLedgerFiles(join(dir, 'append.ledger'));
      const ms = timed(() => {
        for (let index = 0; index < count; index += 1) ledger.append(event);
      });
      ledger.close();
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC;
      const fd = openSync(join(dir, 'bare'), flags);
      const line = Buffer.alloc(6_000, 0x78);
      const bare = timed(() => {
        for (let index = 0; index < count; index += 1) writeSync(fd, line);
      });
      closeSync(fd);
      return [
        atLeast({
          name: 'durable appends of a decision, against bare O_DSYNC writes of its size',
          value: perSecond(count, ms),
          unit: '/s',
          floor: perSecond(count, bare),
        }),
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

const FOLDED = 100_000;

/** A long ledger folded: the day's entries, over and over under new names. */
const folding: Bench = {
  name: 'ledger fold',
  unit: 'events/s',
  async run() {
    const dir = folder();
    try {
      const { entries } = writeDay(dir, 200);
      const many = repeat(entries, FOLDED);
      const fold = new Fold();
      const ms = timed(() => {
        for (const entry of many) fold.apply(entry);
      });
      return [
        atLeast({ name: `fold of ${FOLDED} events`, value: perSecond(FOLDED, ms), unit: '/s' }),
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

/** The same history again and again, with ids and times of its own each time. */
function repeat(entries: readonly Entry[], count: number): readonly Entry[] {
  const body = entries.slice(2);
  return Array.from({ length: count }, (_, index) => {
    const entry = index < 2 ? entries[index] : body[(index - 2) % body.length];
    if (entry === undefined) throw new RangeError('an empty day');
    return { ...entry, sequence: index + 1, event: renamed(entry.event, index) };
  });
}

function renamed(event: Entry['event'], index: number): Entry['event'] {
  const at = (event.at + index * 50) as TimeMs;
  if (event.kind === 'decision') {
    const id = `${index}`.padStart(32, '0');
    const approval = event.approval && { ...event.approval, id };
    return { ...event, at, proposal: { ...event.proposal, id }, approval };
  }
  if (event.kind === 'cash') return { ...event, at, id: `${index}` };
  return { ...event, at };
}

const auditing: Bench = {
  name: 'ledger audit',
  unit: 'decisions/s',
  async run() {
    const dir = folder();
    try {
      const { path, decideMs } = writeDay(dir, 400);
      const figures: Figure[] = [
        atLeast({
          name: 'decisions of a gate: seal, judge, durable record',
          value: perSecond(400, decideMs),
          unit: '/s',
        }),
      ];
      const lines = [...readJournalFile(path)];
      let decisions = 0;
      const ms = timed(() => {
        const report = audit(lines, (kind, envelope) => opener.opens(kind, envelope, ''));
        if (report.fault !== null) throw new Error(`the audit found ${report.fault.code}`);
        ({ decisions } = report);
      });
      const bare = timed(() => {
        for (const line of lines) {
          JSON.parse(line);
          createHash('sha256').update(line).digest('hex');
        }
      });
      figures.push(
        atLeast({
          name: 'decisions audited, against parsing and hashing their lines',
          value: perSecond(decisions, ms),
          unit: '/s',
          floor: perSecond(decisions, bare),
        }),
      );
      return figures;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

export const benchmarks: readonly Bench[] = [appends, folding, auditing];
