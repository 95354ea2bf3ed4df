/** Making a vault, pinning, renewing and resuming it: nothing is overwritten, nobody acts without a name. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as f from '#firewall';
import {
  configOf,
  initVault,
  readVault,
  renewJournal,
  repinVault,
  resumeVault,
} from '../../signer/init.ts';
import { openJournalFile } from '../../signer/journal-file.ts';
import { openVaultJournal } from '../../signer/vault-runtime.ts';
import { policyDocument } from '../firewall/policy-fixture.ts';
import { desk, gate, keysOf, NOW } from './letters.ts';
import { vaultDir } from './vault-dir.ts';
import { baseConfig } from './vault-kit.ts';

const made = vaultDir();
afterAll(made.remove);
const why = { by: 'alice', now: NOW };
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('initVault', () => {
  it('makes files that only their owner reads, and a config that says what is pinned', () => {
    for (const name of ['keystore.json', 'vault.json', 'policy.json', 'vault.journal'])
      expect(statSync(join(made.dir, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(made.dir, 'passphrase')).mode & 0o777).toBe(0o400);
    expect(statSync(made.dir).mode & 0o777).toBe(0o700);
    expect(configOf(made.dir)).toEqual(made.config);
    expect(made.config).toMatchObject({ policyHash: baseConfig.policyHash, network: 'paper' });
  });

  it('overwrites nothing', () => {
    const { dir } = made;
    const before = readFileSync(join(dir, 'keystore.json'), 'utf8');
    const again = { ...made.config, dir, policy: policyDocument(), owner: null, passphrase: null };
    expect(codeOf(() => initVault({ ...again, ...why }))).toBe('VAULT_EXISTS');
    expect(readFileSync(join(dir, 'keystore.json'), 'utf8')).toBe(before);
  });

  it('refuses a policy that is not whole, and leaves nothing behind', () => {
    const dir = join(made.root, 'other');
    const options = { ...made.config, dir, policy: { name: 'x' }, owner: null, passphrase: null };
    expect(codeOf(() => initVault({ ...options, ...why }))).toBe('VAULT_POLICY_INVALID');
    expect(existsSync(dir)).toBe(false);
  });

  it('keeps no passphrase that a human chose', () => {
    const own = vaultDir({ passphrase: 'correct horse battery' });
    expect(existsSync(join(own.dir, 'passphrase'))).toBe(false);
    own.remove();
  });
});

describe('an operator', () => {
  it('pins other keys, under a name that the journal keeps', () => {
    const other = keysOf('gate');
    const next = repinVault(
      made.dir,
      { gate: { keyId: 'gate', publicKey: other.publicKey }, desks: null },
      why,
    );
    expect(next).toMatchObject({ gate: { publicKey: other.publicKey }, desks: null });
    expect(configOf(made.dir)).toEqual(next);
    const journal = readFileSync(join(made.dir, 'vault.journal'), 'utf8');
    expect(journal).toContain('"by":"alice"');
    const before = readVault(made.dir).anchor.entries;
    expect(repinVault(made.dir, { policy: policyDocument() }, why)).toEqual(next);
    expect(readVault(made.dir).anchor.entries).toBe(before);
    repinVault(
      made.dir,
      {
        gate: { keyId: 'gate', publicKey: gate.publicKey },
        desks: { 'desk-1': desk.publicKey },
      },
      why,
    );
  });

  it('resumes a halted vault by an entry, and finds nothing to do otherwise', () => {
    const reason = 'looked into it';
    expect(resumeVault(made.dir, { ...why, reason })).toBe(false);
    const file = openJournalFile(join(made.dir, 'vault.journal'));
    const { journal } = openVaultJournal(file, configOf(made.dir));
    journal.append({ kind: 'halted', at: NOW, reason: 'by hand' });
    journal.close();
    expect(readVault(made.dir).halted).toBe('by hand');
    expect(resumeVault(made.dir, { ...why, reason })).toBe(true);
    expect(readVault(made.dir).halted).toBeNull();
  });

  it('begins a new journal in which nothing of before counts, and keeps the old one', () => {
    const old = configOf(made.dir);
    const next = renewJournal(made.dir, { ...why, reason: 'disk lost' });
    expect(next.journalId).not.toBe(old.journalId);
    expect(existsSync(join(made.dir, `vault.journal.${old.journalId}`))).toBe(true);
    const { opened } = readVault(made.dir);
    expect(opened).toMatchObject({ by: 'alice', reason: 'disk lost', floor: { notBefore: NOW } });
  });

  it('does so even when the old one is gone or unreadable', () => {
    writeFileSync(join(made.dir, 'vault.journal'), 'nonsense\n');
    expect(codeOf(() => readVault(made.dir))).toBe('JOURNAL_CORRUPT');
    renewJournal(made.dir, { ...why, reason: 'broken' });
    expect(readVault(made.dir).opened?.reason).toBe('broken');
    rmSync(join(made.dir, 'vault.journal'));
    renewJournal(made.dir, { ...why, reason: 'gone' });
    expect(readVault(made.dir).highWater).toBe(0);
  });

  it('looks without touching: a line being written is left alone', () => {
    const path = join(made.dir, 'vault.journal');
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"event":`);
    const { size } = statSync(path);
    expect(readVault(made.dir).anchor.entries).toBe(1);
    expect(statSync(path).size).toBe(size);
    expect(f.hashText('a')).toHaveLength(64);
  });
});
