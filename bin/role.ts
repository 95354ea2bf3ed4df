/** The frame of every process of the house: started by one message, stopped by another, gone when its parent is. */
import {
  base64,
  decode,
  dictionary,
  hash,
  name,
  nullable,
  record,
  words,
  type Codec,
  type Hash,
  type Json,
} from '#firewall';
import { SETTINGS, type Config } from '../infra/config.ts';
import { dataDir, type DataDir } from '../infra/data-dir.ts';
import { errorFields, logTo, type Log } from '../infra/log.ts';
import { EXIT_REFUSED } from '../infra/supervisor.ts';
import { stayLocal } from './stay-local.ts';
import { pinnedModelCodec, type PinnedModel } from './pinned-model.ts';
import { pinnedPriceModelCodec, type PinnedPriceModel } from './price-model.ts';

export type RoleContext = Readonly<{
  config: Config;
  dir: DataDir;
  queueUrl: string;
  venueUrl: string;
  pinned: Pinned;
  openaiKey: string | null;
  log: Log;
  /** Tells the supervisor, for the live view. */
  tell(event: string, detail: Json): void;
  /** The process cannot go on and must not be started again. */
  refuse(code: string, message: string): never;
}>;

/** What was pinned when the house was opened; nobody looks it up for himself later. */
export type Pinned = Readonly<{
  policyHash: Hash;
  /** The vault's venue address. */
  address: string;
  courierKey: string;
  gateKey: string;
  deskKeys: Readonly<Record<string, string>>;
  /** Which weights the desks may speak through; null where no model is configured. */
  model: PinnedModel | null;
  priceModel: PinnedPriceModel | null;
}>;

/** What `airlock up` hands to each process. */
export type RoleStart = Readonly<{
  root: string;
  queueUrl: string;
  venueUrl: string;
  pinned: Pinned;
  config: Readonly<Record<string, Json>>;
  /** Bearer token for a model server; only the desks are given it. */
  openaiKey: string | null;
}>;

const raw: Codec<Json> = { read: (value) => value as Json, write: (value) => value };
const startCodec: Codec<RoleStart & { kind: string }> = record({
  kind: name,
  root: words(4_096),
  queueUrl: words(4_096),
  venueUrl: words(4_096),
  pinned: record<Pinned>({
    policyHash: hash,
    address: name,
    courierKey: base64(64),
    gateKey: base64(64),
    deskKeys: dictionary(base64(64), 10_000),
    model: nullable(pinnedModelCodec),
    priceModel: nullable(pinnedPriceModelCodec),
  }),
  config: dictionary<Json>(raw, 100),
  openaiKey: nullable(words(4_096)),
});

/** The configuration as data, for another process to decode again. */
export const configToJson = (config: Config): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(SETTINGS).map(([key, setting]) => [
      key,
      (setting.codec as Codec<unknown>).write(config[key as keyof Config]),
    ]),
  );

function configFrom(json: Readonly<Record<string, Json>>): Config {
  const config: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const decoded = decode<unknown>(setting.codec, json[key] ?? null);
    if (!decoded.ok) throw new Error(`the supervisor sent a bad ${key}: want ${decoded.want}`);
    config[key] = decoded.value;
  }
  return config as unknown as Config;
}

const tell = (event: string, detail: Json): void => {
  if (process.connected) process.send?.({ kind: 'event', event, detail });
};

/** Runs a role: `serve` starts it and returns how to stop it. */
export function runRole(
  role: string,
  serve: (context: RoleContext) => Promise<() => Promise<void>>,
): void {
  stayLocal(process.env);
  const log = logTo(role, (line) => process.stdout.write(line));
  const refuse = (code: string, message: string): never => {
    log('error', code, { message });
    tell('refused', { code, message });
    process.exit(EXIT_REFUSED);
  };
  const crash = (error: unknown): void => {
    log('error', 'ROLE_CRASHED', errorFields(error));
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  let stop: (() => Promise<void>) | null = null;
  const end = async (): Promise<void> => {
    await stop?.();
    process.exit(0);
  };
  // Without its supervisor a process of the house is an orphan, and orphans do not trade.
  process.on('disconnect', () => void end());
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('kind' in message)) return;
    if (message.kind === 'stop') void end();
    if (message.kind === 'start') void begin(message);
  });
  const begin = async (message: unknown): Promise<void> => {
    const decoded = decode(startCodec, message);
    if (!decoded.ok) return refuse('ROLE_START_MALFORMED', `${decoded.at}: ${decoded.want}`);
    const { root, queueUrl, venueUrl, pinned, config, openaiKey } = decoded.value;
    stop = await serve({
      config: configFrom(config),
      dir: dataDir(root),
      queueUrl,
      venueUrl,
      pinned,
      openaiKey,
      log,
      tell,
      refuse,
    });
    process.send?.({ kind: 'ready' });
    log('info', 'ROLE_READY');
    return undefined;
  };
}
