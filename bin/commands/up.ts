/** `airlock up`: the whole house on this machine, in order, until Ctrl-C. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { decode, record, words, type Json, type TimeMs } from '#firewall';
import { envName, flagName, SETTINGS, type Config } from '../../infra/config.ts';
import { dataDir, dataRoot, type DataDir } from '../../infra/data-dir.ts';
import { alive } from '../../infra/process-alive.ts';
import { startPostgres } from '../../infra/embedded-postgres.ts';
import { logTo, type Log } from '../../infra/log.ts';
import { supervise, type Supervised } from '../../infra/supervisor.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { configured } from '../configured.ts';
import { readHappening } from '../happening.ts';
import { openHouse, roleFile, type House } from '../house.ts';
import { openView, type View } from '../live-view.ts';
import type { PinnedModel } from '../pinned-model.ts';
import { pinPriceModel, type PinnedPriceModel } from '../price-model.ts';
import { configToJson, type RoleStart } from '../role.ts';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const DRAW_MS = 250;
/** In the order in which they start; they stop in the opposite one. */
const ROLES = ['venue', 'courier', 'gate', 'desk'] as const;

const settingFlags = Object.fromEntries(
  Object.entries(SETTINGS)
    .filter(([, setting]) => setting.fromText !== null)
    .map(([key, setting]) => [
      flagName(key),
      { type: 'string' as const, value: 'VALUE', help: `${setting.help} (${envName(key)})` },
    ]),
);

export const command: Command = {
  name: 'up',
  summary: 'Start the house: venue, both doors and the desks, on simulated money.',
  usage: '',
  options: {
    ...settingFlags,
    plain: { type: 'boolean', help: 'lines instead of a screen' },
    minutes: { type: 'string', value: 'N', help: 'stop by itself after this long' },
  },
  run: up,
};

async function up(_positionals: readonly string[], options: Options, io: Io): Promise<number> {
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const config = configured(dir, io.env, options);
  const minutes = minutesOf(options['minutes']);
  const models = await pinned(config, dir, io);
  const now = Date.now() as TimeMs;
  const house = openHouse(dir, config, 'up', now);
  const release = claim(dir);
  const view = viewOf(options, io, dir, config);
  const log = logTo('up', (line) => appendFileSync(join(dir.logs, 'up.jsonl'), line));
  try {
    return await run({ dir, config, house, ...models, view, log, minutes }, io);
  } finally {
    view.close();
    release();
  }
}

/** The packages of the models are loaded only where there is one. */
async function pinned(
  config: Config,
  dir: DataDir,
  io: Io,
): Promise<Pick<Running, 'model' | 'priceModel' | 'openaiKey'>> {
  if (config.model === null) return { model: null, priceModel: null, openaiKey: null };
  const { cardsOf, openaiKeyOf, pinModel } = await import('../model-pin.ts');
  const openaiKey = openaiKeyOf(io.env);
  // A large file is read whole once, to know its weights; that is no time to be silent.
  io.err(`looking at the model ${config.model} …`);
  const { priceModel: file } = config;
  return {
    openaiKey,
    priceModel: file === null ? null : await pinPriceModel(file, io.cwd),
    model: await pinModel(config.model, io.cwd, { ...config, openaiKey, cards: cardsOf(dir) }),
  };
}

function minutesOf(text: Options[string]): number | null {
  if (text === undefined) return null;
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 1_000_000) return minutes;
  throw new UsageError(
    'USAGE_INVALID',
    `--minutes ${String(text)}`,
    'give a number of minutes above zero',
  );
}

/** One house per data directory: two would fight over one ledger. */
function claim(dir: DataDir): () => void {
  const file = join(dir.run, 'up.pid');
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid !== process.pid && alive(pid))
      throw new UsageError(
        'HOUSE_RUNNING',
        `a house is running on ${dir.root} (process ${pid})`,
        'stop it first, or give another --data DIR',
      );
  }
  writeFileSync(file, `${process.pid}`);
  return () => rmSync(file, { force: true });
}

function viewOf(options: Options, io: Io, dir: DataDir, config: Config): View {
  const kind =
    options['json'] === true
      ? 'json'
      : io.terminal && options['plain'] !== true
        ? 'screen'
        : 'lines';
  const head = [
    'Airlock: paper trading on a simulated market. Not investment advice.',
    `data ${dir.root} · market ${config.preset} · seed ${config.seed} · Ctrl-C stops`,
  ];
  if (kind === 'lines') for (const line of head) io.out(line);
  const size = (): { columns: number; rows: number } => ({
    columns: process.stdout.columns || 100,
    rows: process.stdout.rows || 30,
  });
  return openView(kind, (text) => process.stdout.write(text), size, head);
}

type Running = Readonly<{
  dir: DataDir;
  config: Config;
  house: House;
  model: PinnedModel | null;
  priceModel: PinnedPriceModel | null;
  openaiKey: string | null;
  view: View;
  log: Log;
  minutes: number | null;
}>;

async function run(running: Running, io: Io): Promise<number> {
  const { dir, config, view, log, minutes } = running;
  // Before anything is started: what fails later has to be stopped again.
  const venueUrl = `http://127.0.0.1:${await portFor(config.venuePort)}`;
  const queue = config.redisUrl === null ? await startPostgres(dir.root) : null;
  const queueUrl = config.redisUrl ?? queue?.url ?? '';
  const start = { root: dir.root, queueUrl, venueUrl, ...startOf(running) };
  const ending = Promise.withResolvers<number>();
  const roles: Supervised[] = [];
  let over = false;
  void ending.promise.then(() => {
    over = true;
  });
  const onRefused = (role: string): void => {
    log('error', 'HOUSE_COMING_DOWN', { name: role });
    ending.resolve(1);
  };
  void queue?.ended.then((why) => {
    if (over || io.signal.aborted) return;
    notice(view, 'QUEUE_ENDED', `the embedded Postgres ended: ${why}`);
    ending.resolve(1);
  });
  io.signal.addEventListener('abort', () => ending.resolve(0), { once: true });
  const timer = setInterval(() => view.draw(), DRAW_MS);
  const clock =
    minutes === null ? undefined : setTimeout(() => ending.resolve(0), minutes * 60_000);
  try {
    for (const name of ROLES) {
      if (over) break;
      const role = supervise(
        {
          name,
          file: roleFile(name),
          // The token is for whoever asks the model, and for nobody else.
          start: { ...start, openaiKey: name === 'desk' ? running.openaiKey : null },
          logFile: join(dir.logs, `${name}.jsonl`),
          restartMsMax: config.restartMsMax,
        },
        { log, onRefused, onEvent: (from, event) => show(view, from, event) },
      );
      roles.push(role);
      // A role that refused has already asked the house to come down.
      await Promise.race([role.ready, ending.promise]).catch(() => undefined);
    }
    return await ending.promise;
  } finally {
    clearInterval(timer);
    clearTimeout(clock);
    for (const role of roles.toReversed()) await role.stop();
    await queue?.stop();
    view.draw();
  }
}

/** What every process is told: what was pinned when the house was opened, and the settings. */
function startOf({
  config,
  house,
  model,
  priceModel,
}: Running): Pick<RoleStart, 'pinned' | 'config'> {
  const { policy, vault, courierKey, gateKey, deskKeys } = house;
  return {
    pinned: {
      policyHash: policy.hash,
      address: vault.address,
      courierKey,
      gateKey,
      deskKeys,
      model,
      priceModel,
    },
    config: configToJson(config),
  };
}

function show(view: View, role: string, event: Json): void {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return;
  const { event: kind, detail } = event as Record<string, Json>;
  if (kind === 'happening') {
    const happening = readHappening(detail);
    if (happening !== null) view.show(happening);
    return;
  }
  if (kind !== 'refused') return;
  const said = decode(refusalCodec, detail);
  if (said.ok) notice(view, said.value.code, `${role}: ${said.value.message}`);
}

const refusalCodec = record({ code: words(100), message: words(2_000) });

const notice = (view: View, code: string, message: string): void =>
  view.show({ kind: 'notice', at: Date.now(), code, message });

/** The configured port if it is free, or any free one. */
async function portFor(port: number): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  try {
    return await promise;
  } catch (cause) {
    throw new UsageError(
      'PORT_IN_USE',
      `port ${port} is taken`,
      'give another --venue-port, or 0 for any free one',
      cause,
    );
  }
}
