/** The vault over its journal and key: only its own journal, effects in order, and silence after a failure. */
import { describe, expect, test } from 'vitest';
import type { VaultAnswer } from '../../signer/contract.ts';
import { SecpError } from '../../signer/secp.ts';
import { handOf, openVaultJournal, startVault, type Hand } from '../../signer/vault-runtime.ts';
import { approve, NOW, orderNumber } from './letters.ts';
import { ADDRESS, baseConfig, codeOf, freshDisk, KEY, partsOf, vaultOn } from './vault-kit.ts';

const letters = approve(orderNumber(1), 1, baseConfig.policyHash);

describe('a journal', () => {
  test.each<['journalId' | 'account' | 'venue' | 'network' | 'address', string]>([
    ['journalId', 'b1'.repeat(16)],
    ['account', 'other'],
    ['venue', 'other'],
    ['network', 'test'],
    ['address', `0x${'11'.repeat(20)}`],
  ])('of another %s is foreign', (key, value) => {
    const config = { ...baseConfig, [key]: value };
    expect(() => openVaultJournal(freshDisk(), config)).toThrow(
      expect.objectContaining({
        code: 'JOURNAL_FOREIGN',
        message: `the journal's ${key} is ${baseConfig[key]}`,
      }),
    );
  });

  test('gives back the state that it was left in', () => {
    const disk = freshDisk();
    const used = vaultOn(disk);
    used.sign(letters);
    used.tell({ kind: 'halt', id: 1, reason: 'enough' });
    const { state, journal } = openVaultJournal(disk.copy(), baseConfig);
    expect(state).toMatchObject({ halted: 'enough', highWater: 1, anchor: journal.anchor() });
    expect(state.signings.size).toBe(1);
    expect(state.anchor.entries).toBe(4);
  });
});

describe('a vault whose journal fails', () => {
  test('says so, dies once, and answers nothing else ever after', () => {
    const disk = freshDisk();
    const deaths: string[] = [];
    const answers: VaultAnswer[] = [];
    const vault = startVault(disk, partsOf(), handOf(KEY, ADDRESS), {
      own: () => NOW,
      send: (answer) => answers.push(answer),
      die: (code, detail) => deaths.push(`${code}: ${detail}`),
    });
    const before = vault.status();
    expect(before).toMatchObject({ ready: true, halted: null, journalEntries: 1 });
    disk.trouble = { kind: 'EIO', lands: 0 };
    vault.receive({ kind: 'halt', id: 3, reason: 'enough' });
    expect(answers).toEqual([
      {
        kind: 'refused',
        id: 3,
        code: 'JOURNAL_FAILED',
        detail: 'the journal could not be written; nothing is signed any more',
      },
    ]);
    expect(deaths).toEqual(['JOURNAL_FAILED: the journal could not be written']);
    // What was not written has not happened.
    expect(vault.status()).toEqual(before);
    disk.trouble = null;
    vault.receive({ kind: 'status', id: 4, anchor: null });
    expect(answers.slice(1)).toEqual([
      { kind: 'refused', id: 4, code: 'JOURNAL_FAILED', detail: 'the vault is dead' },
    ]);
    expect(deaths).toHaveLength(1);
  });
});

describe('a vault that is asked', () => {
  test('says what is wrong with a question', () => {
    const vault = vaultOn(freshDisk());
    expect(vault.tell({ kind: 'halt', id: 5 })).toEqual({
      kind: 'refused',
      id: 5,
      code: 'REQUEST_MALFORMED',
      detail: '$.reason: wanted a value',
    });
  });

  test('knows what it has signed before the next question', () => {
    const vault = vaultOn(freshDisk());
    expect(codeOf(vault.sign(letters))).toBe('signed');
    expect(vault.tell({ kind: 'status', id: 9, anchor: null })).toMatchObject({
      status: { journalEntries: 3, open: [{ approvalId: letters.id }] },
    });
  });

  test('takes only a refusal of the curve for a signature that does not hold', () => {
    const failing =
      (error: Error): Hand =>
      () => {
        throw error;
      };
    const refused = new SecpError('SIGNATURE_UNVERIFIED', 'x');
    expect(codeOf(vaultOn(freshDisk(), { hand: failing(refused) }).sign(letters))).toBe(
      'SIGNATURE_INVALID',
    );
    const bug = new TypeError('ours');
    expect(() => vaultOn(freshDisk(), { hand: failing(bug) }).sign(letters)).toThrow(bug);
  });
});
