/** What decide, review and desk run begin with: a market, a house on a clock of its own, and the model that its desks speak through. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpanMs, TimeMs } from '#firewall';
import type { ChatRuntime } from '../../agents/runtimes/chat-runtime.ts';
import { shippedDesks, type DeskConfig } from '../../infra/desk-config.ts';
import { dataDir, dataRoot, type DataDir } from '../../infra/data-dir.ts';
import { logTo } from '../../infra/log.ts';
import { symbolName, decode } from '#firewall';
import { MarketDataError } from '../../market/contract.ts';
import type { PriceModel } from '../../tools/contract.ts';
import type { Config } from '../../infra/config.ts';
import { UsageError, type Io, type Options } from '../command.ts';
import { configured } from '../configured.ts';
import { cardsOf, openModel, openaiKeyOf, pinModel } from '../model-pin.ts';
import { modelRecordsOf, type PinnedModel } from '../pinned-model.ts';
import { openPriceModel, pinPriceModel, priceRecordsOf } from '../price-model.ts';
import { replayedMarket, spanOf, type ReplayedMarket } from './replayed-market.ts';
import { openVirtualHouse, type VirtualHouse } from './virtual-house.ts';

/** Options that every command on a virtual house has. */
export const VIRTUAL_OPTIONS = {
  model: {
    type: 'string',
    value: 'SPEC',
    help: 'gguf:FILE, ollama:NAME, openai:URL#NAME or recorded:FILE (AIRLOCK_MODEL)',
  },
  'model-forced': {
    type: 'string',
    value: 'BOOL',
    help: 'use the model although it has failed its check (AIRLOCK_MODEL_FORCED)',
  },
  'price-model': {
    type: 'string',
    value: 'FILE',
    help: 'ONNX price model, its card beside it (AIRLOCK_PRICE_MODEL)',
  },
  preset: { type: 'string', value: 'NAME', help: 'simulated market (AIRLOCK_PRESET)' },
  seed: { type: 'string', value: 'N', help: 'seed of the simulated market (AIRLOCK_SEED)' },
  bars: {
    type: 'string',
    value: 'FILE',
    help: 'recorded bars in place of the simulator: CSV or Parquet',
  },
  timeframe: {
    type: 'string',
    value: 'SPAN',
    help: 'length of the bars of a CSV file (default 1m)',
  },
  news: { type: 'string', value: 'FILE', help: 'recorded news beside the bars: JSON lines' },
  from: {
    type: 'string',
    value: 'TIME',
    help: 'where in the recording to begin, such as 2026-02-01T09:00Z',
  },
  fallback: {
    type: 'string',
    value: 'WHO',
    help: 'who decides when the model cannot: algorithmic or none',
  },
  keep: {
    type: 'string',
    value: 'DIR',
    help: 'keep ledger, transcripts and keys there, to be audited',
  },
} as const;

export type VirtualRun = Readonly<{
  dir: DataDir;
  config: Config;
  house: VirtualHouse;
  desks: readonly DeskConfig[];
  /** Null where no model is configured. */
  model: PinnedModel | null;
  runtime: ChatRuntime | null;
  forecast: PriceModel | null;
  /** The recording's end; null where the market never ends. */
  endsAt: TimeMs | null;
  replayed: boolean;
  close(): Promise<void>;
}>;

/** A second is fine enough for decisions that take longer, and keeps an hour of market cheap. */
const STEP_MS = 1_000;
const WHEN = Date.UTC(2026, 0, 5, 9);
const SYMBOL = 'BTC/USDT:USDT';

export type RunShape = Readonly<{
  /** Other desks than the shipped ones. */
  places?: readonly Pick<DeskConfig, 'desk' | 'strategy' | 'symbol'>[];
  /** How far into the simulated market's story the house opens. */
  afterMinutes?: number;
}>;

export async function openVirtualRun(
  symbols: readonly string[],
  options: Options,
  io: Io,
  { places = [], afterMinutes = 0 }: RunShape = {},
): Promise<VirtualRun> {
  const home = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const settings = configured(home, io.env, options);
  const recording = await recordingOf(symbols[0] ?? SYMBOL, options, io);
  const openAt = recording?.startAt ?? ((WHEN + afterMinutes * MINUTE) as TimeMs);
  const stepMs = recording === null ? STEP_MS : 60_000;
  const desks = desksOf(symbols, settings.model, options).map((desk, index) => ({
    ...desk,
    ...places[index],
  }));
  const config: Config = { ...settings, symbols, desks, mode: 'auto', stepMs };
  const { model, runtime } = await speakerOf(settings, home, io);
  const { price, forecast } = await forecasterOf(settings, io);
  const { dir, forget } = folderFor(options, io);
  const leave = async (): Promise<void> => {
    await runtime?.close();
    await forecast?.close();
    forget();
  };
  try {
    const house = await openVirtualHouse({
      dir,
      config,
      feed: recording?.feed ?? null,
      startAt: recording?.startAt ?? (WHEN as TimeMs),
      openAt,
      models: [...modelRecordsOf(model), ...priceRecordsOf(price)],
      log: logTo('virtual', () => undefined),
    });
    const close = (): Promise<void> => house.close().finally(leave);
    const endsAt = recording?.endsAt ?? null;
    const replayed = recording !== null;
    return { dir, config, house, desks, model, runtime, forecast, endsAt, replayed, close };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function speakerOf(
  settings: Config,
  home: DataDir,
  io: Io,
): Promise<Pick<VirtualRun, 'model' | 'runtime'>> {
  if (settings.model === null) return { model: null, runtime: null };
  const options = { ...settings, openaiKey: openaiKeyOf(io.env), cards: cardsOf(home) };
  const model = await pinModel(settings.model, io.cwd, options);
  return { model, runtime: await openModel(model.spec, options) };
}

async function forecasterOf({ priceModel }: Config, io: Io) {
  if (priceModel === null) return { price: null, forecast: null };
  const price = await pinPriceModel(priceModel, io.cwd);
  return { price, forecast: await openPriceModel(price) };
}

function desksOf(symbols: readonly string[], model: string | null, options: Options): DeskConfig[] {
  const fallback = options['fallback'] ?? 'algorithmic';
  if (fallback !== 'algorithmic' && fallback !== 'none')
    throw new UsageError('USAGE_INVALID', `--fallback ${String(fallback)}`, 'algorithmic or none');
  return shippedDesks(symbols, model)
    .filter(({ reckless }) => !reckless)
    .map((desk) => ({ ...desk, fallback }));
}

export function symbolsOf(texts: readonly string[]): readonly string[] {
  const symbols = texts.flatMap((text) => text.split(',')).map((text) => text.trim().toUpperCase());
  for (const symbol of symbols)
    if (!decode(symbolName, symbol).ok)
      throw new UsageError(
        'SYMBOL_INVALID',
        `${symbol} is no symbol`,
        'such as BTC/USDT or BTC/USDT:USDT',
      );
  return symbols.length === 0 ? [SYMBOL] : [...new Set(symbols)];
}

async function recordingOf(
  symbol: string,
  options: Options,
  io: Io,
): Promise<ReplayedMarket | null> {
  const { bars, news, timeframe, from } = options;
  if (typeof bars !== 'string') {
    if (news !== undefined || from !== undefined)
      throw new UsageError(
        'USAGE_INVALID',
        '--news and --from go with --bars',
        'name the bars, or leave them out',
      );
    return null;
  }
  const timeframeMs = spanOf(typeof timeframe === 'string' ? timeframe : '1m');
  if (timeframeMs === null)
    throw new UsageError(
      'USAGE_INVALID',
      `--timeframe ${String(timeframe)}`,
      'such as 1m, 15m, 1h',
    );
  const at = typeof from === 'string' ? Date.parse(from) : null;
  if (at !== null && !Number.isSafeInteger(at))
    throw new UsageError('USAGE_INVALID', `--from ${String(from)}`, 'such as 2026-02-01T09:00Z');
  try {
    return await replayedMarket({
      symbol,
      bars: resolveFrom(io, bars),
      timeframeMs,
      news: typeof news === 'string' ? resolveFrom(io, news) : null,
      from: at as TimeMs | null,
    });
  } catch (error) {
    if (!(error instanceof MarketDataError)) throw error;
    throw new UsageError(
      error.code,
      error.message,
      'docs/market.md says what the files look like',
      error,
    );
  }
}

const resolveFrom = (io: Io, path: string): string =>
  path.startsWith('/') ? path : join(io.cwd, path);

/** A folder of its own for each run; a kept one is never written over, since its ledger would go on in another market. */
function folderFor(options: Options, io: Io): Readonly<{ dir: DataDir; forget(): void }> {
  const { keep } = options;
  if (typeof keep !== 'string') {
    const root = mkdtempSync(join(tmpdir(), 'airlock-run-'));
    return { dir: dataDir(root), forget: () => rmSync(root, { recursive: true, force: true }) };
  }
  const root = resolveFrom(io, keep);
  if (existsSync(root))
    throw new UsageError(
      'RUN_EXISTS',
      `${keep} is there already`,
      'name a folder that does not exist yet',
    );
  mkdirSync(root, { recursive: true });
  return { dir: dataDir(root), forget: () => undefined };
}

export const MINUTE = 60_000 as SpanMs;
