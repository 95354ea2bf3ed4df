/** A price model as an ONNX file with its card: the file's hash is checked, its shape is tried, and one thread runs it. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Hash, SpanMs, TimeMs } from '#firewall';
import type { Candle } from '../market/contract.ts';
import type { FeatureRow, Forecast, ForecastResult, PriceModel } from '../tools/contract.ts';
import { cardSchema, forecastOf, type PriceCard } from './price-card.ts';

export const PRICE_MODEL_CODES = [
  'MODEL_UNREADABLE',
  'CARD_INVALID',
  'MODEL_TAMPERED',
  'MODEL_UNLOADABLE',
  'MODEL_SHAPE_WRONG',
  'FEATURE_UNKNOWN',
] as const;

/** The model cannot be used. A desk goes on without it. */
export class PriceModelError extends Error {
  readonly code: (typeof PRICE_MODEL_CODES)[number];
  readonly retryable = false;
  constructor(code: PriceModelError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PriceModelError';
    this.code = code;
  }
}

export type PriceModelOptions = Readonly<{
  modelFile: string;
  cardFile: string;
  /** How features are computed from closed bars; null where they cannot be. */
  features: Readonly<{
    names: readonly string[];
    of(candles: readonly Candle[]): FeatureRow | null;
  }>;
}>;

/** The artefact is the model file; its card says how it is asked and read, so whoever pins the one pins both. */
export type LoadedPriceModel = PriceModel & Readonly<{ cardHash: Hash; trainedUntil: TimeMs }>;

export async function openOnnxPriceModel(options: PriceModelOptions): Promise<LoadedPriceModel> {
  const { card, cardHash } = await cardAt(options.cardFile);
  const unknown = card.features.find(({ name }) => !options.features.names.includes(name));
  if (unknown !== undefined)
    throw new PriceModelError('FEATURE_UNKNOWN', `nothing here computes ${unknown.name}`);
  const bytes = await bytesAt(options.modelFile);
  if (sha256(bytes) !== card.sha256)
    throw new PriceModelError('MODEL_TAMPERED', 'the model file is not the one of its card');
  // The very bytes that were hashed are loaded, and none that they may point to.
  const session = await sessionOf(bytes);
  const model = new OnnxPriceModel(session, { card, cardHash, features: options.features });
  await model.tryOut();
  return model;
}

async function bytesAt(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new PriceModelError('MODEL_UNREADABLE', 'the model or its card cannot be read', cause);
  }
}

const sha256 = (bytes: Uint8Array): Hash =>
  createHash('sha256').update(bytes).digest('hex') as Hash;

async function cardAt(file: string): Promise<Readonly<{ card: PriceCard; cardHash: Hash }>> {
  const bytes = await bytesAt(file);
  try {
    const card = cardSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return { card, cardHash: sha256(bytes) };
  } catch (cause) {
    throw new PriceModelError('CARD_INVALID', 'the card is not one of a price model', cause);
  }
}

async function sessionOf(bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 4,
    });
  } catch (cause) {
    throw new PriceModelError('MODEL_UNLOADABLE', 'the model file does not load', cause);
  }
}

const refused = (hint: string): ForecastResult => ({ ok: false, code: 'MODEL_REFUSED', hint });
/** A bar older than this many of its own lengths says nothing of now. */
const STALE_BARS = 2;

type Loaded = Readonly<{
  card: PriceCard;
  cardHash: Hash;
  features: PriceModelOptions['features'];
}>;

class OnnxPriceModel implements LoadedPriceModel {
  readonly id: string;
  readonly artefact: Hash;
  readonly cardHash: Hash;
  readonly trainedUntil: TimeMs;
  readonly timeframeMs: SpanMs;
  readonly barsMin: number;
  readonly #session: InferenceSession;
  readonly #card: PriceCard;
  readonly #features: PriceModelOptions['features'];
  /** One question at a time; the session is closed after the last. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(session: InferenceSession, { card, cardHash, features }: Loaded) {
    this.#session = session;
    this.#card = card;
    this.#features = features;
    this.id = card.id;
    this.artefact = card.sha256 as Hash;
    this.cardHash = cardHash;
    this.trainedUntil = card.trainedUntil as TimeMs;
    this.timeframeMs = card.timeframeMs as SpanMs;
    this.barsMin = card.barsMin;
  }

  /** The training data's own mean must go in, and one probability must come out. */
  async tryOut(): Promise<void> {
    const { input, output, features } = this.#card;
    const { inputNames, outputNames } = this.#session;
    const named =
      inputNames.length === 1 && inputNames[0] === input && outputNames.includes(output);
    const up = named ? await this.#askedNow(features.map(({ mean }) => mean)) : null;
    if (up !== null) return;
    await this.close();
    throw new PriceModelError(
      'MODEL_SHAPE_WRONG',
      'the model does not take and give what its card says',
    );
  }

  async forecast(
    symbol: string,
    candles: readonly Candle[],
    now: TimeMs,
    signal: AbortSignal,
  ): Promise<ForecastResult> {
    const known = candles.slice(-this.#card.barsMin);
    const why = this.#unfit(symbol, known, now);
    if (why !== null) return refused(why);
    const row = this.#features.of(known);
    const inputs = this.#card.features.map(({ name }) => row?.[name] ?? Number.NaN);
    if (!inputs.every((value) => Number.isFinite(Math.fround(value))))
      return refused('a feature cannot be computed from these bars');
    if (signal.aborted || this.#closed) return refused('stopped');
    const up = await this.#ask(inputs);
    if (signal.aborted) return refused('stopped');
    if (up === null) return refused('the model gave no probability');
    return { ok: true, forecast: this.#said(inputs, up, known.at(-1)?.closeAt ?? now) };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#turn;
    await this.#session.release();
  }

  #said(inputs: readonly number[], up: number, closeAt: TimeMs): Forecast {
    return forecastOf({ card: this.#card, artefact: this.artefact, inputs, up, closeAt });
  }

  /** Why these bars are none to forecast from; null when they are. */
  #unfit(symbol: string, known: readonly Candle[], now: TimeMs): string | null {
    const { symbols, timeframeMs, barsMin } = this.#card;
    if (symbols.length > 0 && !symbols.includes(symbol))
      return 'it was not trained for this symbol';
    const last = known.at(-1);
    if (last === undefined || known.length < barsMin) return 'too few bars';
    if (last.closeAt > now) return 'a bar that is not closed yet';
    if (now - last.closeAt > STALE_BARS * timeframeMs) return 'the last bar is too old';
    const whole = known.every(
      (bar, index) =>
        bar.symbol === symbol &&
        bar.timeframeMs === timeframeMs &&
        (index === 0 || bar.openAt === known[index - 1]?.closeAt),
    );
    return whole ? null : 'bars are missing, or of another length or symbol';
  }

  /** The probability, or null where what came out is none. Never throws: a broken model is a refused forecast. */
  #ask(inputs: readonly number[]): Promise<number | null> {
    const asked = this.#turn.then(() => this.#askedNow(inputs));
    this.#turn = asked;
    return asked;
  }

  async #askedNow(inputs: readonly number[]): Promise<number | null> {
    try {
      const { input, output } = this.#card;
      const tensor = new Tensor('float32', Float32Array.from(inputs), [1, inputs.length]);
      const result = await this.#session.run({ [input]: tensor }, [output]);
      const data = result[output]?.data;
      const up = data instanceof Float32Array && data.length === 1 ? data[0] : undefined;
      return up !== undefined && up >= 0 && up <= 1 ? up : null;
    } catch {
      return null;
    }
  }
}
