/** The ledgers of a data directory, for the commands that read them. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataDir } from '../infra/data-dir.ts';
import { UsageError } from './command.ts';

/** All of them, in the order of their names; none is wrong usage. */
export function ledgersIn(root: string): readonly string[] {
  const folder = dirname(dataDir(root).ledger('any'));
  const found = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.ledger'))
    : [];
  if (found.length > 0) return found.toSorted().map((name) => join(folder, name));
  throw new UsageError(
    'LEDGER_MISSING',
    `${folder} holds no ledger`,
    'run `airlock up` first, or name a ledger file',
  );
}

/** The one that is meant: by account, or the only one there is. */
export function ledgerOf(root: string, account: string | undefined): string {
  if (account !== undefined) return dataDir(root).ledger(account);
  const [first, second] = ledgersIn(root);
  if (first !== undefined && second === undefined) return first;
  throw new UsageError('USAGE_INVALID', 'there is more than one ledger', 'name one by --account');
}
