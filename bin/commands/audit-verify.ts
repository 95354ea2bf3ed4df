/** `airlock audit verify`: is the chain whole, and does every recorded verdict come out again? */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { dataRoot } from '../../infra/data-dir.ts';
import { opener } from '../../signer/seal.ts';
import { audit, type AuditReport } from '../../ledger/audit.ts';
import { openAnchorFile, type Head } from '../../ledger/head-anchor.ts';
import { readJournalFile } from '../../ledger/journal-file.ts';
import { anchorPath } from '../../ledger/ledger.ts';
import type { Command, Io } from '../command.ts';
import { ledgersIn } from '../ledgers.ts';

export const command: Command = {
  name: 'audit verify',
  summary: 'recompute the hash chain and re-judge every recorded decision',
  usage: '[LEDGER]',
  options: {},
  run(positionals, options, io) {
    const [named] = positionals;
    const root = dataRoot(options['data'], io.env, io.cwd);
    const ledgers = named === undefined ? ledgersIn(root) : [named];
    const sound = ledgers.map((file) => verify(file, options['json'] === true, io));
    return Promise.resolve(sound.every(Boolean) ? 0 : 1);
  },
};

function verify(file: string, json: boolean, io: Io): boolean {
  const opens = opener();
  const report = audit(readJournalFile(file), opens, ({ entries, decisions }) => {
    if (!json && io.terminal && entries % 10_000 === 0)
      io.err(`${basename(file)}: ${entries} entries, ${decisions} decisions judged again …`);
  });
  const behind = report.fault === null ? behindAnchor(file, report) : null;
  const sound = report.fault === null && behind === null;
  if (json) {
    io.out(JSON.stringify({ ledger: file, sound, ...report, rolledBack: behind }));
    return sound;
  }
  const { entries, decisions, head, fault } = report;
  if (sound) {
    io.out(
      `${basename(file)}: sound. ${entries} entries chained, ${decisions} decisions judged again, no difference.`,
    );
    io.out(`  head ${head ?? 'none'}`);
  } else if (fault === null) {
    io.out(`${basename(file)}: LEDGER_ROLLED_BACK: ${behind}`);
  } else {
    io.out(`${basename(file)}: entry ${fault.sequence}: ${fault.code}`);
    io.out(`  recorded ${fault.recorded}`);
    io.out(`  found    ${fault.found}`);
  }
  return sound;
}

/** A whole chain that ends before its anchor lost its end. A running writer may be ahead of it. */
function behindAnchor(file: string, { entries }: AuditReport): string | null {
  const path = anchorPath(file);
  if (!existsSync(path)) return `${basename(path)} is not there`;
  const anchor = openAnchorFile(path);
  const head: Head | null = anchor.read();
  anchor.close();
  return head !== null && head.sequence > entries
    ? `the ledger ends at ${entries} and had ${head.sequence} entries`
    : null;
}
