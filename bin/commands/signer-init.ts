/** `airlock signer init`: makes the vault, or, by name and for a reason, a new journal for one that lost its own. */
import { existsSync, readFileSync } from 'node:fs';
import type { TimeMs } from '#firewall';
import { dataDir, dataRoot, type DataDir } from '../../infra/data-dir.ts';
import { renewJournal } from '../../signer/init.ts';
import { vaultFiles } from '../../signer/vault-files.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { configured } from '../configured.ts';
import { openHouse } from '../house.ts';
import { mustBeDown, namedBy } from '../vault-down.ts';

export const command: Command = {
  name: 'signer init',
  summary: 'Make the vault: its key, its journal and what it pins. Overwrites nothing.',
  usage: '',
  options: {
    'passphrase-file': {
      type: 'string',
      value: 'FILE',
      help: 'encrypt with these words instead of generated ones',
    },
    by: { type: 'string', value: 'NAME', help: 'who does it' },
    'i-know': {
      type: 'string',
      value: 'REASON',
      help: 'begin a new journal for a vault that lost its own',
    },
  },
  run(_positionals, options, io) {
    const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
    const by = namedBy(options, 'signer init');
    const now = Date.now() as TimeMs;
    const reason = options['i-know'];
    if (typeof reason === 'string') renew(dir, { by, reason, now }, io);
    else make(dir, options, { by, now, io });
    return Promise.resolve(0);
  },
};

function renew(
  dir: DataDir,
  why: Readonly<{ by: string; reason: string; now: TimeMs }>,
  io: Io,
): void {
  mustBeDown(dir);
  const config = renewJournal(dir.vault, why);
  io.out(`journal ${config.journalId} begun for ${config.address}`);
  io.out('nothing that was approved before this moment will be signed');
}

type Made = Readonly<{ by: string; now: TimeMs; io: Io }>;

function make(dir: DataDir, options: Options, { by, now, io }: Made): void {
  if (existsSync(dir.vault))
    throw new UsageError(
      'VAULT_EXISTS',
      `${dir.vault} is there already`,
      'a vault is never overwritten; airlock signer init --help says what --i-know is for',
    );
  const house = openHouse(dir, configured(dir, io.env, {}), by, now, wordsIn(options));
  io.out(`address ${house.vault.address}`);
  io.out(`vault   ${dir.vault}`);
  if (options['passphrase-file'] !== undefined)
    io.out(`at every start the passphrase must lie in ${vaultFiles(dir.vault).passphrase}`);
}

function wordsIn(options: Options): string | null {
  const file = options['passphrase-file'];
  if (typeof file !== 'string') return null;
  if (!existsSync(file))
    throw new UsageError('PASSPHRASE_MISSING', `${file} is not there`, 'name a file with one line');
  const words = readFileSync(file, 'utf8').replace(/\n$/, '');
  if (words.length >= 12) return words;
  throw new UsageError('PASSPHRASE_SHORT', 'fewer than 12 characters', 'use more words');
}
