/** The vault dies at every write, comes back, dies again: never two signatures, never one without a promise on disk. */
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import type { VaultAnswer } from '../../signer/contract.ts';
import { handOf, type Hand } from '../../signer/vault-runtime.ts';
import { approve, cancelNumber, NOW, orderNumber } from './letters.ts';
import type { SimDisk } from './sim-disk.ts';
import { ADDRESS, baseConfig, freshDisk, KEY, vaultOn, type InlineVault } from './vault-kit.ts';

const HASH = baseConfig.policyHash;
/** The same digests come again and again, and the curve is slow. */
const made = new Map<string, string>();
const hand: Hand = (digest) => {
  const key = Buffer.from(digest).toString('hex');
  const known = made.get(key) ?? handOf(KEY, ADDRESS)(digest);
  made.set(key, known);
  return known;
};

const letters = [1, 2, 4].map((n) => approve(orderNumber(n), n, HASH));
const cancel = approve(cancelNumber(9, f.clientIdOf(letters[0]?.id ?? '')), 3, HASH);
const twin = approve(orderNumber(2), 5, HASH);
const settle = (n: number, outcome: string) => ({
  kind: 'settle',
  id: 100 + n,
  approvalId: letters[n]?.id,
  outcome,
});

/** Everything that a courier may say, some of it twice, in an order that it may come in. */
const scenario: readonly ((vault: InlineVault) => VaultAnswer)[] = [
  ...letters.slice(0, 2).map((letter) => (vault: InlineVault) => vault.sign(letter)),
  (vault) => vault.sign(letters[0] ?? twin),
  (vault) => vault.tell(settle(0, 'acked')),
  (vault) => vault.sign(cancel),
  (vault) => vault.sign(letters[2] ?? twin),
  (vault) => vault.tell(settle(0, 'done')),
  (vault) => vault.sign(twin),
  (vault) => vault.sign(letters[1] ?? twin),
];

type Crash = Readonly<{ append: number; lands: 'nothing' | 'half' | 'all' }>;
const LANDS = ['nothing', 'half', 'all'] as const;

/** One life: runs the scenario until the disk kills it, and checks each released signature against the disk. */
function live(disk: SimDisk, crash: Crash | null, released: Map<string, Set<string>>): void {
  const vault = vaultOn(disk, { hand });
  const before = disk.appends;
  for (const say of scenario) {
    if (crash !== null && disk.appends - before === crash.append) break;
    if (crash !== null) arm(disk, crash, before);
    const answer = say(vault);
    if (answer.kind === 'refused' && answer.code === 'JOURNAL_FAILED') break;
    if (answer.kind === 'signed') check(disk, answer, released);
  }
}

function arm(disk: SimDisk, { append, lands }: Crash, before: number): void {
  const next = disk.appends - before === append - 1;
  if (!next) {
    disk.onAppend = () => arm(disk, { append, lands }, before);
    return;
  }
  if (lands === 'all')
    disk.onAppend = () => {
      throw new Error('killed');
    };
  else disk.trouble = { kind: 'EIO', lands: lands === 'half' ? 30 : 0 };
}

function check(
  disk: SimDisk,
  { request }: Extract<VaultAnswer, { kind: 'signed' }>,
  released: Map<string, Set<string>>,
): void {
  // I2: the promise and the signature were on disk before anything came out.
  const at = (needle: string): number => disk.lines.findIndex((line) => line.includes(needle));
  const reserved = at(`"digest":"${request.digest}"`);
  expect(reserved).toBeGreaterThan(0);
  expect(at(request.signature)).toBeGreaterThan(reserved);
  const signatures = released.get(request.approvalId) ?? new Set();
  released.set(request.approvalId, signatures.add(request.signature));
}

function invariants(disk: SimDisk, released: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const signatures of released.values()) expect(signatures.size).toBe(1);
  type Line = Readonly<{
    event: Readonly<{ kind: string; requestNonce: number; counted: string | null }>;
  }>;
  const events = disk.lines.map((line) => (JSON.parse(line) as Line).event);
  const reserved = events.filter((event) => event.kind === 'reserved');
  const nonces = reserved.map((event) => event.requestNonce);
  // I4 and I5: nonces only rise, and what was promised never exceeds the caps.
  expect(nonces).toEqual([...new Set(nonces)].toSorted((a, b) => a - b));
  let spent = 0n;
  for (const { counted } of reserved)
    spent += counted === null ? 0n : (f.parseFixed(counted) ?? 0n);
  expect(spent).toBeLessThanOrEqual(baseConfig.caps.notionalPerDayMax);
  // I6 and I9: the conflict halted it, and halted it stays.
  expect(events.some((event) => event.kind === 'halted')).toBe(true);
  const last = vaultOn(disk.copy(), { hand }).sign(approve(orderNumber(7), 9, HASH));
  expect(last).toMatchObject({ kind: 'refused', code: 'SIGNER_HALTED' });
}

const writes = (() => {
  const disk = freshDisk();
  const before = disk.appends;
  live(disk, null, new Map());
  return disk.appends - before;
})();

describe('a vault that is killed at a write', () => {
  it('writes as often as the scenario is meant to make it', () => {
    // Four promises, four signatures, two settlements, one halt.
    expect(writes).toBe(11);
  });

  it('at every one, and at every one again while it recovers', { timeout: 90_000 }, () => {
    let lives = 0;
    for (let first = 1; first <= writes; first += 1)
      for (const lands of LANDS)
        // Whether the second death leaves nothing, half or all is told apart by the first one's rounds.
        for (let second = 0; second <= writes; second += lands === 'half' ? 1 : 4) {
          const disk = freshDisk();
          const released = new Map<string, Set<string>>();
          live(disk, { append: first, lands }, released);
          const again = disk.copy();
          live(again, second === 0 ? null : { append: second, lands }, released);
          const whole = again.copy();
          live(whole, null, released);
          invariants(whole, released);
          lives += 3;
        }
    expect(lives).toBe(11 * (12 + 3 + 3) * 3);
  });

  it('refuses to start, or signs the same, from every stale copy of its disk', () => {
    const disk = freshDisk();
    const released = new Map<string, Set<string>>();
    live(disk, null, released);
    const answer = vaultOn(disk.copy(), { hand }).tell({ kind: 'status', id: 1, anchor: null });
    if (answer.kind !== 'status') throw new Error('a status');
    const { journalId, journalEntries: entries, journalHead: head } = answer.status;
    for (let kept = 1; kept < disk.lines.length; kept += 1) {
      const stale = disk.copy();
      stale.bytes = Buffer.from(`${disk.lines.slice(0, kept).join('\n')}\n`);
      const rolled = vaultOn(stale, { hand });
      const told = rolled.tell({ kind: 'status', id: 1, anchor: { journalId, entries, head } });
      expect(told).toMatchObject({ status: { ready: false, halted: 'JOURNAL_ROLLED_BACK' } });
      expect(rolled.sign(approve(orderNumber(8), 9, HASH))).toMatchObject({
        code: 'JOURNAL_ROLLED_BACK',
      });
    }
  });

  it('knows its own anchors, past and present, and no forged one', () => {
    const disk = freshDisk();
    live(disk, null, new Map());
    type Line = Readonly<{ hash: f.Hash; sequence: number }>;
    for (const line of disk.lines) {
      const { hash: head, sequence: entries } = JSON.parse(line) as Line;
      const anchor = { journalId: baseConfig.journalId, entries, head };
      const ready = (given: typeof anchor): unknown =>
        vaultOn(disk.copy(), { hand }).tell({ kind: 'status', id: 1, anchor: given });
      expect(ready(anchor)).toMatchObject({ status: { ready: true } });
      const forged = { ...anchor, head: f.hashText('forged') };
      expect(ready(forged)).toMatchObject({ status: { ready: false } });
    }
    expect(NOW).toBeGreaterThan(0);
  });
});
