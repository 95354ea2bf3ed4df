/** The configuration: file, then environment, then flags; every problem listed at once, nothing unknown let in. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as f from '#firewall';
import { PRESETS, type Preset } from '../market/contract.ts';
import { deskCodec, deskProblems, shippedDesks, type DeskConfig } from './desk-config.ts';
import { MODEL_SETTINGS, type ModelConfig } from './model-settings.ts';
import { asFlag, asIs, asList, asNumber, type Setting } from './setting.ts';

type HouseConfig = Readonly<{
  account: string;
  currency: string;
  cash: f.Money;
  symbols: readonly string[];
  preset: Preset;
  seed: number;
  /** Time between two books of a symbol. */
  stepMs: number;
  venuePort: number;
  /** Whether the paper venue can be told to misbehave. */
  venueFaults: boolean;
  /** Null: the embedded Postgres. */
  redisUrl: string | null;
  deskEveryMs: number;
  /** Longest wait before a process that died is started again. */
  restartMsMax: number;
  desks: readonly DeskConfig[];
  mode: f.Mode;
}>;
export type Config = HouseConfig & ModelConfig;

const port = f.integer(0, 65_535);
const redisUrl: f.Codec<string> = {
  read: (value, at) =>
    typeof value === 'string' &&
    URL.canParse(value) &&
    /^(?:rediss?|postgres(?:ql)?):$/.test(new URL(value).protocol)
      ? value
      : f.refuseAt(at, 'an address such as redis://127.0.0.1:6379 or postgres://…'),
  write: (value) => value,
};

const symbolNames = f.list(f.symbolName, 50);
/** A market without symbols would run for ever and show nothing. */
const someSymbols: f.Codec<readonly string[]> = {
  read(value, at) {
    const names = symbolNames.read(value, at);
    return names.length > 0 ? names : f.refuseAt(at, 'at least one symbol');
  },
  write: symbolNames.write,
};

const SYMBOLS = ['BTC/USDT:USDT', 'ETH/USDT:USDT', 'SOL/USDT:USDT'];
export const SETTINGS: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  account: { codec: f.name, fallback: 'paper', fromText: asIs, help: 'name of the paper account' },
  currency: { codec: f.name, fallback: 'USDT', fromText: asIs, help: 'currency of the account' },
  cash: {
    codec: f.fixed<f.Money>(0n),
    fallback: (100_000n * f.SCALE) as f.Money,
    fromText: asIs,
    help: 'cash that a new paper account starts with',
  },
  symbols: {
    codec: someSymbols,
    fallback: SYMBOLS,
    fromText: asList,
    help: 'symbols that the simulated market trades',
  },
  preset: { codec: f.oneOf(PRESETS), fallback: 'calm', fromText: asIs, help: PRESETS.join(' | ') },
  seed: { codec: f.count, fallback: 7, fromText: asNumber, help: 'seed of the simulated market' },
  stepMs: {
    codec: f.integer(10, 60_000),
    fallback: 250,
    fromText: asNumber,
    help: 'milliseconds between two books of a symbol',
  },
  venuePort: {
    codec: port,
    fallback: 0,
    fromText: asNumber,
    help: 'port of the paper venue; 0 picks a free one',
  },
  venueFaults: {
    codec: f.flag,
    fallback: false,
    fromText: asFlag,
    help: 'lets anyone on this machine switch the paper venue to bad behaviour (true | false)',
  },
  redisUrl: {
    codec: f.nullable(redisUrl),
    fallback: null,
    fromText: asIs,
    help: 'Redis (or a Postgres of your own) for the queues; without it an embedded Postgres is used',
  },
  deskEveryMs: {
    codec: f.integer(50, 3_600_000),
    fallback: 2_000,
    fromText: asNumber,
    help: 'how often each desk looks at its market',
  },
  restartMsMax: {
    codec: f.integer(100, 600_000),
    fallback: 15_000,
    fromText: asNumber,
    help: 'longest wait, in milliseconds, before a process that died is started again',
  },
  desks: {
    codec: f.list(deskCodec, 200),
    fallback: shippedDesks(SYMBOLS, null),
    fromText: null,
    help: 'desks that propose, by rules or by the model; the reckless one asks for too much, so that the first door can be seen at work',
  },
  mode: {
    codec: f.oneOf(f.MODES),
    fallback: 'auto',
    fromText: asIs,
    help: 'auto sends what passes, review holds it for a human, shadow only records',
  },
  ...MODEL_SETTINGS,
};

export type ConfigProblem = Readonly<{ code: 'CONFIG_INVALID'; at: string; problem: string }>;
export type ConfigResult =
  | Readonly<{ ok: true; config: Config }>
  | Readonly<{ ok: false; problems: readonly ConfigProblem[] }>;

export const envName = (key: string): string =>
  key === 'redisUrl'
    ? 'REDIS_URL'
    : `AIRLOCK_${key.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`;
export const flagName = (key: string): string =>
  key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** Flags win over the environment, and the environment over the file. */
export function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, unknown>>,
): ConfigResult {
  const problems: ConfigProblem[] = [];
  const complain = (at: string, problem: string): void => {
    problems.push({ code: 'CONFIG_INVALID', at, problem });
  };
  const fromFile = readFile(file, complain);
  for (const key of Object.keys(fromFile))
    if (!Object.hasOwn(SETTINGS, key)) complain(`${file}: ${key}`, 'no such setting');
  for (const name of Object.keys(env))
    if (name.startsWith('AIRLOCK_') && !KNOWN_ENV.has(name)) complain(name, 'no such setting');
  const config: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const { at, value } = pick(key, setting, { file, fromFile, env, flags });
    if (value === undefined) {
      config[key] = setting.fallback;
      continue;
    }
    const decoded = f.decode<unknown>(setting.codec, value);
    if (decoded.ok) config[key] = decoded.value;
    else complain(`${at}${decoded.at.slice(1)}`, `want ${decoded.want}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  const whole = config as unknown as Config;
  if (fromFile['desks'] === undefined)
    return { ok: true, config: { ...whole, desks: shippedDesks(whole.symbols, whole.model) } };
  for (const { at, problem } of deskProblems(whole.desks, whole))
    complain(`${file}: desks${at}`, problem);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: whole };
}

/** Other variables of ours that are not settings. */
const KNOWN_ENV = new Set([
  ...Object.keys(SETTINGS).map(envName),
  'AIRLOCK_HOME',
  'AIRLOCK_QUEUE_URL',
  'AIRLOCK_DATA_SETS',
  'AIRLOCK_OPENAI_KEY',
]);

type Sources = Readonly<{
  file: string;
  fromFile: Readonly<Record<string, unknown>>;
  env: Readonly<Record<string, string | undefined>>;
  flags: Readonly<Record<string, unknown>>;
}>;

function pick(
  key: string,
  setting: Pick<Setting<unknown>, 'fromText'>,
  { file, fromFile, env, flags }: Sources,
): { at: string; value: unknown } {
  const flag = flags[flagName(key)];
  if (typeof flag === 'string' && setting.fromText !== null)
    return { at: `--${flagName(key)}`, value: setting.fromText(flag) };
  const variable = env[envName(key)];
  if (variable !== undefined && variable !== '' && setting.fromText !== null)
    return { at: envName(key), value: setting.fromText(variable) };
  return { at: `${file}: ${key}`, value: fromFile[key] };
}

/** The parser's own drawing of the place does not fit a list. */
const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : 'unreadable').split('\n')[0] ?? '';

function readFile(
  file: string,
  complain: (at: string, problem: string) => void,
): Record<string, unknown> {
  if (!existsSync(file)) return {};
  try {
    const parsed: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
    if (parsed === null) return {};
    if (typeof parsed === 'object' && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    complain(file, 'want settings by name');
  } catch (error) {
    complain(file, `want YAML that can be read (${firstLine(error)})`);
  }
  return {};
}
