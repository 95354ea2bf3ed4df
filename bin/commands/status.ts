/** `airlock status`: what the house is doing now, from what its processes last wrote. */
import { existsSync } from 'node:fs';
import { formatFixed } from '#firewall';
import { dataDir, dataRoot, type DataDir } from '../../infra/data-dir.ts';
import { alive } from '../../infra/process-alive.ts';
import { readSnapshot } from '../../infra/snapshot-file.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import {
  courierCodec,
  snapshotFiles,
  standingCodec,
  type CourierStanding,
  type Standing,
} from '../snapshots.ts';

export const command: Command = {
  name: 'status',
  summary:
    'Show state, equity, positions, latches and processes; exits 1 when nothing runs or trading is halted.',
  usage: '',
  options: {},
  run: status,
};

/** Older than this a snapshot speaks of a process that is gone. */
const FRESH_MS = 5_000;

async function status(_positionals: readonly string[], options: Options, io: Io): Promise<number> {
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const files = snapshotFiles(dir);
  const standing = readSnapshot(files.standing, standingCodec);
  if (standing === null)
    throw new UsageError(
      'HOUSE_MISSING',
      `nothing has run in ${dir.root} yet`,
      'airlock up, or --data DIR',
    );
  const courier = readSnapshot(files.courier, courierCodec);
  const now = Date.now();
  const running = now - standing.at <= FRESH_MS && alive(standing.pid);
  const signing = courier !== null && now - courier.at <= FRESH_MS && alive(courier.pid);
  const haltFile = existsSync(dir.halt);
  if (options['json'] === true)
    io.out(
      JSON.stringify({ ...(standingCodec.write(standing) as object), running, signing, haltFile }),
    );
  else
    for (const line of linesOf({ dir, standing, courier, running, signing, haltFile }))
      io.out(line);
  return running && signing && standing.state === 'ACTIVE' && !haltFile ? 0 : 1;
}

type Seen = Readonly<{
  dir: DataDir;
  standing: Standing;
  courier: CourierStanding | null;
  running: boolean;
  signing: boolean;
  haltFile: boolean;
}>;

function linesOf({ dir, standing, courier, running, signing, haltFile }: Seen): readonly string[] {
  const money = (value: bigint | null): string => (value === null ? 'unknown' : formatFixed(value));
  const age = Math.round((Date.now() - standing.at) / 1_000);
  return [
    `account   ${standing.account} in ${dir.root}`,
    `gate      ${running ? `running (process ${standing.pid})` : `not running; last seen ${age} s ago`}`,
    `signer    ${signing && courier !== null ? `running (courier ${courier.pid}, vault ${courier.vaultPid}: ${courier.confinement})` : 'not running'}`,
    `state     ${standing.state}${haltFile ? ', and the HALT file is there' : ''}`,
    ...standing.latches.map(
      ({ scope, key, state, reason, by }) => `  ${state} ${scope} ${key}: ${reason} (${by})`,
    ),
    `equity    ${money(standing.equity)}, cash ${money(standing.cash)}`,
    `record    ${standing.ledgerEntries} ledger entries, ${standing.decisions} decisions and ${standing.fills} fills since the gate started`,
    ...standing.positions.map(
      ({ symbol, strategy, qty, entryPrice }) =>
        `  ${strategy}: ${formatFixed(qty)} ${symbol} from ${formatFixed(entryPrice)}`,
    ),
    ...standing.held.map(
      ({ proposalHash, desk, symbol }) =>
        `  held: ${proposalHash.slice(0, 16)}… ${desk} ${symbol} (airlock approve)`,
    ),
  ];
}
