/** Settings of the neural half: which model speaks, in how much room, how often, and at what cost at most. */
import * as f from '#firewall';
import type { Weights } from '../agents/contract.ts';
import { asFlag, asIs, asNumber, type Setting } from './setting.ts';

export type ModelConfig = Readonly<{
  /** Null: no model; every desk is algorithmic. */
  model: string | null;
  ollamaUrl: string;
  /** Window for a prompt and its answer together. */
  contextTokens: number;
  answerTokensMax: number;
  /** In thousandths: no float is configured, and none goes into a record. */
  temperatureMilli: number;
  modelSeed: number;
  modelThinks: boolean;
  /** Uses a model although it has failed its check. */
  modelForced: boolean;
  /** Who makes the vectors of the desks' memory. */
  embeddings: 'code' | 'model';
  modelConcurrency: number;
  /** Null leaves it to the runtime. */
  modelKeepAliveSeconds: number | null;
  modelDeskEveryMs: number;
  callSecondsMax: number;
  decisionCallsMax: number;
  decisionTokensMax: number;
  decisionSecondsMax: number;
  /** A decision on older data than this ends without a proposal. */
  decisionStaleSeconds: number;
  /** An ONNX file with its card beside it; null: the desks go without a forecast. */
  priceModel: string | null;
  /** Of the voices, in millionths. */
  weights: Weights;
}>;

const modelSpec: f.Codec<string> = {
  read: (value, at) =>
    typeof value === 'string' &&
    value.length <= 4_096 &&
    /^(?:(?:gguf|ollama|recorded):.+|openai:https?:\/\/.+#.+)$/.test(value) &&
    !/\p{Cc}/u.test(value)
      ? value
      : f.refuseAt(at, 'gguf:FILE, ollama:NAME, openai:URL#NAME or recorded:FILE'),
  write: (value) => value,
};
const webUrl: f.Codec<string> = {
  read: (value, at) =>
    typeof value === 'string' &&
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol) &&
    new URL(value).password === ''
      ? value
      : f.refuseAt(at, 'an address such as http://127.0.0.1:11434'),
  write: (value) => value,
};
const share = f.integer<f.Ppm>(0, 1_000_000);

export const MODEL_SETTINGS: { readonly [K in keyof ModelConfig]: Setting<ModelConfig[K]> } = {
  model: {
    codec: f.nullable(modelSpec),
    fallback: null,
    fromText: asIs,
    help: 'language model of the desks: gguf:FILE, ollama:NAME, openai:URL#NAME or recorded:FILE; without one they are algorithmic',
  },
  ollamaUrl: {
    codec: webUrl,
    fallback: 'http://127.0.0.1:11434',
    fromText: asIs,
    help: 'where the Ollama server of an ollama: model is',
  },
  contextTokens: {
    codec: f.integer(512, 1_000_000),
    fallback: 4_096,
    fromText: asNumber,
    help: 'tokens that a prompt and its answer may take together; a longer prompt is refused, never cut',
  },
  answerTokensMax: {
    codec: f.integer(16, 100_000),
    fallback: 512,
    fromText: asNumber,
    help: 'tokens that one answer may take',
  },
  temperatureMilli: {
    codec: f.integer(0, 2_000),
    fallback: 0,
    fromText: asNumber,
    help: 'temperature of the model, in thousandths',
  },
  modelSeed: {
    codec: f.integer(0, 2_147_483_647),
    fallback: 7,
    fromText: asNumber,
    help: 'seed of the model',
  },
  modelThinks: {
    codec: f.flag,
    fallback: false,
    fromText: asFlag,
    help: 'lets a model that can think aloud do so before it answers (true | false)',
  },
  embeddings: {
    codec: f.oneOf(['code', 'model'] as const),
    fallback: 'code',
    fromText: asIs,
    help: 'who turns past situations into vectors for the memory: code, or the model',
  },
  modelForced: {
    codec: f.flag,
    fallback: false,
    fromText: asFlag,
    help: 'uses a model although it has failed `airlock models check` (true | false)',
  },
  modelConcurrency: {
    codec: f.integer(1, 64),
    fallback: 1,
    fromText: asNumber,
    help: 'calls of the model at the same time; the desks take turns',
  },
  modelKeepAliveSeconds: {
    codec: f.nullable(f.integer(1, 86_400)),
    fallback: null,
    fromText: asNumber,
    help: 'seconds that an idle model stays in memory; without it the runtime decides',
  },
  modelDeskEveryMs: {
    codec: f.integer(100, 3_600_000),
    fallback: 15_000,
    fromText: asNumber,
    help: 'how often each desk with a model decides',
  },
  callSecondsMax: {
    codec: f.integer(1, 600),
    fallback: 30,
    fromText: asNumber,
    help: 'seconds that one call of the model may take, waiting for its turn included',
  },
  decisionCallsMax: {
    codec: f.integer(1, 100),
    fallback: 8,
    fromText: asNumber,
    help: 'calls of the model that one decision may cost',
  },
  decisionTokensMax: {
    codec: f.integer(100, 10_000_000),
    fallback: 20_000,
    fromText: asNumber,
    help: 'tokens, read and written, that one decision may cost',
  },
  decisionSecondsMax: {
    codec: f.integer(1, 600),
    fallback: 60,
    fromText: asNumber,
    help: 'seconds that one decision may take; the first door refuses an older basis than its own limit',
  },
  decisionStaleSeconds: {
    codec: f.integer(1, 3_600),
    fallback: 75,
    fromText: asNumber,
    help: 'seconds after which what a decision saw of the market is too old to propose on',
  },
  priceModel: {
    codec: f.nullable(f.words(4_096)),
    fallback: null,
    fromText: asIs,
    help: 'price model of the desks with a model: an ONNX file with its card (.json in place of .onnx) beside it',
  },
  weights: {
    codec: f.record<Weights>({ sentiment: share, technical: share, forecast: share }),
    fallback: {
      sentiment: 200_000 as f.Ppm,
      technical: 500_000 as f.Ppm,
      forecast: 300_000 as f.Ppm,
    },
    fromText: null,
    help: 'shares of the say that news, chart and price model have in a decision, in millionths',
  },
};
