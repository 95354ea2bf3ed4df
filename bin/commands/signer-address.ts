/** `airlock signer address`: the address that the venue knows the account by. */
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { configOf } from '../../signer/init.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'signer address',
  summary: 'The address whose key the vault holds.',
  usage: '',
  options: {},
  run(_positionals, options, io) {
    const { address, account, network } = configOf(
      dataDir(dataRoot(options['data'], io.env, io.cwd)).vault,
    );
    io.out(options['json'] === true ? JSON.stringify({ address, account, network }) : address);
    return Promise.resolve(0);
  },
};
