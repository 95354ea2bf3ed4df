/** The register of desks, from the configuration: each may propose for its own strategy and symbol, and nothing else. */
import type { DeskRecord } from '#firewall';
import type { Config } from '../infra/config.ts';

export const deskRecordsOf = (
  { account, desks }: Pick<Config, 'account' | 'desks'>,
  publicKeys: Readonly<Record<string, string>>,
): readonly DeskRecord[] =>
  desks.map(({ desk, strategy, symbol }) => ({
    desk,
    publicKey: publicKeys[desk] ?? '',
    strategies: [strategy],
    accounts: [account],
    symbols: [symbol],
    stage: 'full',
    enabled: true,
  }));
