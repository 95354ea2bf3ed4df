/** The configuration that a command runs with; what is wrong with it, all at once and in words. */
import { loadConfig, type Config } from '../infra/config.ts';
import type { DataDir } from '../infra/data-dir.ts';
import { UsageError, type Options } from './command.ts';

type Env = Readonly<Record<string, string | undefined>>;

export function configured(dir: DataDir, env: Env, flags: Options): Config {
  const result = loadConfig(dir.config, env, flags);
  if (result.ok) return result.config;
  const list = result.problems.map(({ at, problem }) => `  ${at}: ${problem}`);
  const count = list.length === 1 ? '1 setting is' : `${list.length} settings are`;
  throw new UsageError(
    'CONFIG_INVALID',
    [`${count} not as wanted`, ...list].join('\n'),
    `mend ${dir.config}, the variables or the flags named above`,
  );
}
