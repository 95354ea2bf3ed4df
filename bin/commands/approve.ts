/** `airlock approve`: a named person's consent to exactly one held proposal. */
import { decode, hash, type TimeMs } from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { readSnapshot } from '../../infra/snapshot-file.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { deliver, saidBy } from '../operator-commands.ts';
import { snapshotFiles, standingCodec } from '../snapshots.ts';

export const command: Command = {
  name: 'approve',
  summary: 'Agree to one held proposal, by its hash; without a hash, list what is held.',
  usage: '[HASH]',
  options: {
    by: { type: 'string', value: 'NAME', help: 'who agrees (required with HASH)' },
    reason: { type: 'string', value: 'TEXT', help: 'why (required with HASH)' },
  },
  run: approve,
};

async function approve(
  [wanted, ...more]: readonly string[],
  options: Options,
  io: Io,
): Promise<number> {
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const held = readSnapshot(snapshotFiles(dir).standing, standingCodec)?.held ?? [];
  if (wanted === undefined) {
    if (options['json'] === true) for (const item of held) io.out(JSON.stringify(item));
    else if (held.length === 0) io.out('nothing is held');
    else
      for (const { proposalHash, desk, symbol } of held)
        io.out(`${proposalHash}  ${desk}  ${symbol}`);
    return 0;
  }
  // A few digits are enough where they name only one.
  const matches = held.filter(({ proposalHash }) => proposalHash.startsWith(wanted));
  const exact = decode(hash, matches.length === 1 ? matches[0]?.proposalHash : wanted);
  if (!exact.ok || more.length > 0)
    throw new UsageError(
      'PROPOSAL_UNKNOWN',
      `${matches.length} held proposals begin with ${wanted}`,
      'airlock approve lists what is held',
    );
  const { by, reason } = saidBy(options);
  const at = Date.now() as TimeMs;
  const taken = await deliver(dir, { kind: 'consent', by, reason, at, proposalHash: exact.value });
  if (options['json'] === true)
    io.out(JSON.stringify({ proposalHash: exact.value, by, reason, recorded: taken }));
  else
    io.out(
      taken
        ? `${by} agrees to ${exact.value.slice(0, 16)}…; it is judged again now`
        : 'no gate is running',
    );
  return taken ? 0 : 1;
}
