/** `airlock signer status`: what the vault pinned, what its journal says, and how far apart it runs. */
import * as f from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { readSnapshot } from '../../infra/snapshot-file.ts';
import { configOf, readVault } from '../../signer/init.ts';
import { countedSince } from '../../signer/vault-state.ts';
import { statusOf } from '../../signer/vault.ts';
import type { Command } from '../command.ts';
import { courierCodec, snapshotFiles } from '../snapshots.ts';

export const command: Command = {
  name: 'signer status',
  summary: 'The vault: its pins, its journal, its caps and what is open. Exit 1 when it is halted.',
  usage: '',
  options: {},
  run(_positionals, options, io) {
    const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
    const config = configOf(dir.vault);
    const state = readVault(dir.vault);
    const status = statusOf(state, config);
    const running = readSnapshot(snapshotFiles(dir).courier, courierCodec);
    const day = countedSince(state, (Date.now() - f.DAY_MS) as f.TimeMs);
    const { caps, policyHash } = config;
    const spent = f.formatFixed(day.notional);
    const confinement = running?.confinement ?? null;
    if (options['json'] === true)
      io.out(JSON.stringify({ ...status, policyHash, spent, orders: day.orders, confinement }));
    else {
      const left = (name: string, value: string): void => io.out(`${name.padEnd(10)} ${value}`);
      left('address', status.address);
      left('account', `${status.account} at ${config.venue} (${status.network})`);
      left('policy', policyHash);
      left('journal', `${status.journalEntries} entries, head ${status.journalHead.slice(0, 16)}…`);
      left('halted', status.halted ?? 'no');
      left('open', `${status.open.length} signed and not settled`);
      left('today', `${spent} of ${f.formatFixed(caps.notionalPerDayMax)}, ${day.orders} orders`);
      left('apart', confinement ?? 'not running');
    }
    return Promise.resolve(status.halted === null ? 0 : 1);
  },
};
