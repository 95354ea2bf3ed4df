/** `airlock signer resume`: a named human loosens the vault's halt. Nothing over the vault's own channel can. */
import type { TimeMs } from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { resumeVault } from '../../signer/init.ts';
import { UsageError, type Command } from '../command.ts';
import { mustBeDown, namedBy } from '../vault-down.ts';

export const command: Command = {
  name: 'signer resume',
  summary: 'Loosen the vault’s halt, by name and for a reason.',
  usage: '',
  options: {
    by: { type: 'string', value: 'NAME', help: 'who does it' },
    reason: { type: 'string', value: 'WORDS', help: 'why it is safe again' },
  },
  run(_positionals, options, io) {
    const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
    const by = namedBy(options, 'signer resume');
    const { reason } = options;
    if (typeof reason !== 'string' || reason === '')
      throw new UsageError(
        'REASON_MISSING',
        'a halt is not loosened without a reason',
        '--reason WORDS',
      );
    mustBeDown(dir);
    const loosened = resumeVault(dir.vault, { by, reason, now: Date.now() as TimeMs });
    io.out(loosened ? 'the vault signs again from its next start' : 'the vault was not halted');
    return Promise.resolve(0);
  },
};
