/** The vault's refusals: one row per code, each beside the same thing one step before it, which is signed. */
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import { SIGNER_CODES, type SignerCode } from '../../signer/contract.ts';
import { recoverAddress } from '../../signer/secp.ts';
import type { VaultConfig } from '../../signer/vault-config.ts';
import {
  approve,
  cancelNumber,
  desk,
  gate,
  keysOf,
  marketAt,
  NOW,
  orderNumber,
  price,
  qty,
  seal,
  type Letters,
} from './letters.ts';
import {
  ADDRESS,
  baseConfig,
  codeOf,
  freshDisk,
  KEY,
  vaultOn,
  type InlineVault,
} from './vault-kit.ts';
import { handOf } from '../../signer/vault-runtime.ts';

const HASH = baseConfig.policyHash;
const at = (ms: number): f.TimeMs => (NOW + ms) as f.TimeMs;
const order = (change: Partial<f.OrderProposal> = {}, n = 1) => orderNumber(n, NOW, change);
const vault = (config: VaultConfig = baseConfig): InlineVault =>
  vaultOn(freshDisk(config), { config });
const capped = (caps: Partial<VaultConfig['caps']>): VaultConfig => ({
  ...baseConfig,
  caps: { ...baseConfig.caps, ...caps },
});
const money = (text: string): f.Money => (f.parseFixed(text) ?? 0n) as f.Money;
/** Twelve hundredths of a coin at 60,000 are 720. */
const first = approve(order({ qty: qty('0.012') }), 1, HASH);

function resealed(letters: Letters, change: (body: string) => string, from = gate): Letters {
  return { ...letters, approval: seal('approval', change(letters.approval.body), from) };
}

type Row = readonly [SignerCode, string, () => string, () => string];
const rows: readonly Row[] = [
  [
    'APPROVAL_MALFORMED',
    'an approval with a space too many',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign(resealed(first, (body) => body.replace('{', '{ ')))),
  ],
  [
    'APPROVAL_MALFORMED',
    'an id that does not follow from the proposal',
    () => codeOf(vault().sign(approve(order(), 1, HASH))),
    () => codeOf(vault().sign(approve(order(), 1, HASH, { id: 'ab'.repeat(16) }))),
  ],
  [
    'APPROVAL_FORGED',
    "a stranger's key under the gate's name",
    () => codeOf(vault().sign(first)),
    () =>
      codeOf(vault().sign(resealed(first, (body) => body, { ...keysOf('gate'), name: 'gate' }))),
  ],
  [
    'APPROVAL_FORGED',
    'another name over the right seal',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign({ ...first, approval: { ...first.approval, from: 'gate2' } })),
  ],
  [
    'APPROVAL_FORGED',
    'a seal of another kind over the same text',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign({ ...first, approval: seal('outcome', first.approval.body, gate) })),
  ],
  [
    'APPROVAL_EXPIRED',
    'one millisecond past its end',
    () => codeOf(vault().sign(first, first.value.expiresAt)),
    () => codeOf(vault().sign(first, (first.value.expiresAt + 1) as f.TimeMs)),
  ],
  [
    'APPROVAL_NOT_YET_VALID',
    'one millisecond before its beginning',
    () => codeOf(vault().sign(first, first.value.notBefore)),
    () => codeOf(vault().sign(first, (first.value.notBefore - 1) as f.TimeMs)),
  ],
  [
    'APPROVAL_SEQUENCE_REPLAYED',
    'a sequence that is not above the highest',
    () => after((v) => v.sign(approve(order({}, 2), 8, HASH))),
    () => after((v) => v.sign(approve(order({}, 2), 7, HASH, { nonce: 'cd'.repeat(16) }))),
  ],
  [
    'APPROVAL_NONCE_REPLAYED',
    'a nonce that was used',
    () => after((v) => v.sign(approve(order({}, 2), 8, HASH))),
    () => after((v) => v.sign(approve(order({}, 2), 8, HASH, { nonce: 'ee'.repeat(16) }))),
  ],
  [
    'APPROVAL_CONFLICT',
    'a second approval of the same proposal',
    () => after((v) => v.sign(seven)),
    () => after((v) => v.sign(approve(order({ qty: qty('0.012') }), 8, HASH))),
  ],
  ...(['account', 'venue', 'network'] as const).map((key): Row => [
    'APPROVAL_FOREIGN',
    `another ${key}`,
    () => codeOf(vault().sign(first)),
    () => codeOf(vault({ ...baseConfig, [key]: key === 'network' ? 'test' : 'other' }).sign(first)),
  ]),
  [
    'PROPOSAL_MISMATCH',
    'another proposal than the approved one',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign({ ...first, proposal: approve(order({}, 2), 2, HASH).proposal })),
  ],
  [
    'PROPOSAL_MISMATCH',
    'an approval that names another symbol than its proposal',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign(approve(order(), 1, HASH, { symbol: 'ETH/USDT' }))),
  ],
  [
    'PROPOSAL_FORGED',
    "a proposal that another desk's key sealed",
    () => codeOf(vault().sign(first)),
    () =>
      codeOf(
        vault().sign({
          ...first,
          proposal: seal('proposal', first.proposal.body, { ...keysOf('x'), name: desk.name }),
        }),
      ),
  ],
  [
    'PROPOSAL_FORGED',
    'a proposal from another than it says',
    () => codeOf(vault({ ...baseConfig, desks: null }).sign(first)),
    () =>
      codeOf(
        vault({ ...baseConfig, desks: null }).sign({
          ...first,
          proposal: { ...first.proposal, from: 'desk-2' },
        }),
      ),
  ],
  [
    'PROPOSAL_FORGED',
    'a desk that the vault does not know',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault({ ...baseConfig, desks: {} }).sign(first)),
  ],
  [
    'POLICY_MISMATCH',
    'an approval by another policy',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign(approve(order(), 1, f.hashText('another')))),
  ],
  [
    'RECHECK_REFUSED',
    'a market view that has gone stale',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign(first, NOW, marketAt((NOW - 3_600_000) as f.TimeMs))),
  ],
  [
    'RECHECK_REFUSED',
    'a view of another market',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault().sign(first, NOW, marketAt(NOW, { symbol: 'ETH/USDT' }))),
  ],
  [
    'CAP_NOTIONAL',
    'an order of one cent more than the cap',
    () => codeOf(vault(capped({ notionalMax: money('720') })).sign(first)),
    () => codeOf(vault(capped({ notionalMax: money('719.99') })).sign(first)),
  ],
  [
    'CAP_WINDOW',
    'a day that one order more would overfill',
    () => second(capped({ notionalPerDayMax: money('1440') })),
    () => second(capped({ notionalPerDayMax: money('1439.99') })),
  ],
  [
    'CAP_ORDERS',
    'an order more than the day allows',
    () => second(capped({ ordersPerDayMax: 2 })),
    () => second(capped({ ordersPerDayMax: 1 })),
  ],
  [
    'CAP_SYMBOL',
    'a symbol that is not listed',
    () => codeOf(vault().sign(first)),
    () => codeOf(vault(capped({ symbols: ['ETH/USDT'] })).sign(first)),
  ],
  [
    'CAP_PRICE',
    'a price one part in a million too far from the middle',
    // 60,000 against a middle of 59,999.75 is 4.17 parts in a million, rounded up to 5.
    () => codeOf(vault(capped({ priceDeviationMax: 5 as f.Ppm })).sign(first)),
    () => codeOf(vault(capped({ priceDeviationMax: 4 as f.Ppm })).sign(first)),
  ],
  [
    'CAP_ENDED',
    'one millisecond past the term of the vault',
    () => codeOf(vault(capped({ notAfter: NOW })).sign(first)),
    () => codeOf(vault(capped({ notAfter: at(-1) })).sign(first)),
  ],
  [
    'CLOCK_DISAGREES',
    'a courier whose clock is 2,001 ms away, where the venue is a real one',
    // Beyond the clocks there is nothing to sign for a test network yet, so the row before ends at the next check.
    () => clock(2_000),
    () => clock(2_001),
  ],
  [
    'SIGNER_HALTED',
    'an order after a halt',
    () => codeOf(vault().sign(first)),
    () => {
      const halted = vault();
      halted.tell({ kind: 'halt', id: 1, reason: 'by hand' });
      return codeOf(halted.sign(first));
    },
  ],
  [
    'JOURNAL_ROLLED_BACK',
    'a vault that knows less than was seen of it',
    () => anchored(0),
    () => anchored(1),
  ],
  [
    'JOURNAL_FAILED',
    'a disk that is full',
    () => codeOf(vault().sign(first)),
    () => {
      const disk = freshDisk();
      const full = vaultOn(disk);
      disk.trouble = { kind: 'ENOSPC', lands: 10 };
      const answer = codeOf(full.sign(first));
      expect(full.deaths).toEqual(['JOURNAL_FAILED']);
      disk.trouble = null;
      expect(codeOf(full.sign(first))).toBe('JOURNAL_FAILED');
      return answer;
    },
  ],
  [
    'SIGNATURE_INVALID',
    'a key that signs for another address',
    () => codeOf(vault().sign(first)),
    () => {
      const disk = freshDisk();
      const broken = vaultOn(disk, { hand: handOf(KEY, `0x${'11'.repeat(20)}`) });
      const answer = codeOf(broken.sign(first));
      // What was once wrong with a signature is not tried again: halted, and halted after a restart.
      expect(codeOf(broken.sign(approve(order({}, 2), 2, HASH)))).toBe('SIGNER_HALTED');
      expect(codeOf(vaultOn(disk.copy()).sign(first))).toBe('SIGNER_HALTED');
      return answer;
    },
  ],
  [
    'REQUEST_MALFORMED',
    'a request with a key too many',
    () => codeOf(vault().tell({ kind: 'status', id: 1, anchor: null })),
    () => codeOf(vault().tell({ kind: 'status', id: 1, anchor: null, sign: 'this' })),
  ],
];

const seven = approve(order({ qty: qty('0.012') }), 7, HASH, { nonce: 'ee'.repeat(16) });
/** What a vault that has signed `seven` answers next. */
function after(next: (v: InlineVault) => ReturnType<InlineVault['sign']>): string {
  const used = vault();
  expect(codeOf(used.sign(seven))).toBe('signed');
  return codeOf(next(used));
}
function second(config: VaultConfig): string {
  const used = vault(config);
  expect(codeOf(used.sign(first))).toBe('signed');
  return codeOf(used.sign(approve(order({ qty: qty('0.012') }, 2), 2, HASH)));
}
function clock(ms: number): string {
  const config = { ...baseConfig, network: 'test' as const };
  const other = vaultOn(freshDisk(config), { config, own: at(ms) });
  const letters = approve(order({ network: 'test' }), 1, HASH);
  const code = codeOf(other.sign(letters));
  return code === 'CLOCK_DISAGREES' ? code : 'signed';
}
function anchored(more: number): string {
  const used = vault();
  const answer = used.sign(first);
  if (answer.kind !== 'signed') throw new Error('signed');
  const { journal } = answer;
  const anchor = { ...journal, entries: journal.entries + more };
  used.tell({ kind: 'status', id: 9, anchor });
  return codeOf(used.sign(approve(order({}, 2), 2, HASH)));
}

describe('the vault refuses', () => {
  it.each(rows)('%s: %s', (code, _, before, beyond) => {
    expect(before()).toBe('signed' === before() ? 'signed' : 'status');
    expect(beyond()).toBe(code);
  });

  it('covers every code but the one of a journal without a beginning', () => {
    const covered = new Set<string>([...rows.map(([code]) => code), 'SIGNER_NOT_READY']);
    expect([...covered].toSorted()).toEqual([...SIGNER_CODES].toSorted());
  });
});

describe('the vault signs', () => {
  it('exactly the approved order, once, and gives the same bytes again', () => {
    const disk = freshDisk();
    const signing = vaultOn(disk);
    const answer = signing.sign(first);
    if (answer.kind !== 'signed') throw new Error(codeOf(answer));
    const { request } = answer;
    const body = JSON.parse(request.body) as Record<string, unknown>;
    expect(body).toMatchObject({
      kind: 'order',
      network: 'paper',
      address: ADDRESS,
      deadline: first.value.expiresAt,
      order: { clientId: f.clientIdOf(first.id), qty: '0.012', side: 'buy', limitPrice: '60000' },
    });
    expect(request.clientId).toBe(f.clientIdOf(first.id));
    expect(request.digest).toBe(f.hashText(`AIRLOCK-PAPER-v1\0${request.body}`));
    expect(recoverAddress(request.digest, request.signature)).toBe(ADDRESS);
    const length = disk.lines.length;
    const again = signing.sign(first, at(1_000));
    expect(again.kind === 'signed' && again.request).toEqual(request);
    expect(disk.lines).toHaveLength(length);
    const later = vaultOn(disk.copy()).sign(first, at(1_000));
    expect(later.kind === 'signed' && later.request).toEqual(request);
  });

  it('nonces that strictly increase, also when the clock stands still or runs back, also across a restart', () => {
    const disk = freshDisk(capped({ ordersPerDayMax: 100, notionalPerDayMax: money('100000') }));
    const config = capped({ ordersPerDayMax: 100, notionalPerDayMax: money('100000') });
    let last = 0;
    for (const [index, shift] of [0, 0, -1_000, 5, 5, -2_000].entries()) {
      const now = at(shift);
      const letters = approve(orderNumber(index + 1, now), index + 1, HASH);
      const answer = vaultOn(disk, { config }).sign(letters, now);
      if (answer.kind !== 'signed') throw new Error(codeOf(answer));
      const { nonce } = JSON.parse(answer.request.body) as { nonce: number };
      expect(nonce).toBeGreaterThan(last);
      last = nonce;
    }
  });

  it('a cancel, even when halted, spent and unlisted, but nothing after the term', () => {
    const config = capped({ ordersPerDayMax: 0, symbols: [] });
    const halted = vault(config);
    halted.tell({ kind: 'halt', id: 1, reason: 'by hand' });
    const cancel = approve(cancelNumber(5, `0x${'12'.repeat(16)}`), 1, HASH);
    const answer = halted.sign(cancel);
    if (answer.kind !== 'signed') throw new Error(codeOf(answer));
    expect(JSON.parse(answer.request.body)).toMatchObject({
      kind: 'cancel',
      order: { clientId: `0x${'12'.repeat(16)}` },
    });
    expect(codeOf(vault(capped({ notAfter: at(-1) })).sign(cancel))).toBe('CAP_ENDED');
  });

  it('the way out on a spent day: what the venue keeps reduce-only does not count against it', () => {
    const out = approve(
      order({ reduceOnly: true, side: 'sell', limitPrice: price('59999.5') }),
      1,
      HASH,
    );
    expect(codeOf(vault(capped({ ordersPerDayMax: 0 })).sign(out))).toBe('signed');
    expect(codeOf(vault(capped({ notionalMax: money('1') })).sign(out))).toBe('CAP_NOTIONAL');
  });

  it('again after a day has passed, and not one millisecond sooner', () => {
    const config = capped({ ordersPerDayMax: 1 });
    const disk = freshDisk(config);
    expect(codeOf(vaultOn(disk, { config }).sign(first))).toBe('signed');
    for (const [shift, code] of [
      [f.DAY_MS - 1, 'CAP_ORDERS'],
      [f.DAY_MS, 'signed'],
    ] as const) {
      const now = at(shift);
      const letters = approve(orderNumber(2, now), 2, HASH);
      expect(codeOf(vaultOn(disk.copy(), { config }).sign(letters, now))).toBe(code);
    }
  });
});

describe('a conflict', () => {
  it('halts for good: not a message, not a restart, only a record by a named human loosens it', () => {
    const disk = freshDisk();
    const used = vaultOn(disk);
    used.sign(seven);
    const twin = approve(order({ qty: qty('0.012') }), 8, HASH);
    expect(codeOf(used.sign(twin))).toBe('APPROVAL_CONFLICT');
    expect(codeOf(used.sign(approve(order({}, 3), 9, HASH)))).toBe('SIGNER_HALTED');
    expect(codeOf(used.tell({ kind: 'resume', id: 4, reason: 'please' }))).toBe(
      'REQUEST_MALFORMED',
    );
    const restarted = vaultOn(disk.copy());
    expect(codeOf(restarted.sign(approve(order({}, 3), 9, HASH)))).toBe('SIGNER_HALTED');
    expect(codeOf(restarted.sign(twin))).toBe('APPROVAL_CONFLICT');
  });
});

describe('a journal begun anew', () => {
  it('signs nothing at or below its floor, and nothing approved before it', () => {
    const floor = { sequence: 5, nonce: NOW + 10_000, notBefore: NOW };
    const renewed = (): InlineVault => vaultOn(freshDisk(baseConfig, floor));
    expect(codeOf(renewed().sign(approve(order(), 5, HASH)))).toBe('APPROVAL_SEQUENCE_REPLAYED');
    expect(codeOf(renewed().sign(approve(order(), 6, HASH)))).toBe('signed');
    const before = approve(orderNumber(1, at(-1)), 6, HASH);
    expect(codeOf(renewed().sign(before))).toBe('APPROVAL_EXPIRED');
  });
});
