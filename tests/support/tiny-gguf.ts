/** A language model of a few hundred kilobytes, made from a seed: random weights, real inference, the same bytes everywhere. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ggufFile, type Meta, type Tensor } from './gguf-file.ts';
import { vocabulary } from './tiny-tokens.ts';

/** How a free answer comes to its end: after some words, never of itself, or before its first word. */
export type Ends = 'sometimes' | 'never' | 'at-once';
/** Tiny answers at once; small has the five million parameters of a real, if slight, model. */
export type Size = 'tiny' | 'small';
export type TinyModel = Readonly<{ seed?: number; ends?: Ends; size?: Size }>;

type Shape = Readonly<{ width: number; hidden: number; layers: number }>;
const SHAPES: Readonly<Record<Size, Shape>> = {
  tiny: { width: 64, hidden: 128, layers: 1 },
  small: { width: 256, hidden: 768, layers: 6 },
};
const HEADS = 4;
const HEADS_KV = 2;
const CONTEXT = 8_192;
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/airlock');

/** Added to the end token's score through a part of the state that is the same for every word. */
const END_SCORES: Readonly<Record<Ends, number>> = { sometimes: 2, never: -40, 'at-once': 40 };

/** Chat markup with a switch for thinking, as the small models of today have it. */
const TEMPLATE = `{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}`;

const WORDS = vocabulary();

/** The path of the model's file, written on first use and shared by all tests. */
export async function tinyGguf(model: TinyModel = {}): Promise<string> {
  const { size = 'tiny', ends = 'sometimes', seed = 1 } = model;
  return cached(`${size}-${ends}-${seed}`, tinyModel({ size, ends, seed }));
}

/** A LoRA adapter for the tiny model, strong enough to change what it says. */
export async function tinyAdapter(seed = 1): Promise<string> {
  const random = numbersFrom(seed);
  const rank = 4;
  const { width, hidden } = SHAPES.tiny;
  const tensors = ['ffn_up', 'ffn_gate'].flatMap((part): Tensor[] => [
    tensor(`blk.0.${part}.weight.lora_a`, [width, rank], () => random() * 2),
    tensor(`blk.0.${part}.weight.lora_b`, [rank, hidden], () => random() * 2),
  ]);
  const metadata: Record<string, Meta> = {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.type': { type: 'string', value: 'adapter' },
    'adapter.type': { type: 'string', value: 'lora' },
    'adapter.lora.alpha': { type: 'f32', value: 4 },
  };
  return cached(`tiny-adapter-${seed}`, ggufFile(metadata, tensors));
}

/** The file's name carries its hash, so that a changed model is a new file and a half-written one is never used. */
function cached(name: string, bytes: Buffer): string {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const file = join(CACHE, `${name}-${hash.slice(0, 12)}.gguf`);
  if (existsSync(file) && readFileSync(file).equals(bytes)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, bytes);
  renameSync(draft, file);
  return file;
}

function tinyModel({ size, seed, ends }: Required<TinyModel>): Buffer {
  const random = numbersFrom(seed);
  const { width, layers } = SHAPES[size];
  const count = WORDS.tokens.length;
  const end = WORDS.idOf('<|im_end|>');
  const tensors = [
    tensor('token_embd.weight', [width, count], (at) => (at % width === 0 ? 4 : random())),
    ...Array.from({ length: layers }, (_, layer) => layerOf(layer, SHAPES[size], random)).flat(),
    tensor('output_norm.weight', [width], () => 1),
    tensor('output.weight', [width, count], (at) => {
      const [row, column] = [Math.floor(at / width), at % width];
      if (column > 0) return random() * 0.5;
      if (row === end) return END_SCORES[ends];
      // The other marks are for the template, not for the model to say.
      if (WORDS.types[row] === 3) return -40;
      // Lone bytes of longer letters make poor reading.
      return /^[\x21-\x7eĠ]+$/.test(WORDS.tokens[row] ?? '') ? 0 : -2;
    }),
  ];
  return ggufFile(describe(count, SHAPES[size]), tensors);
}

function layerOf(at: number, { width, hidden }: Shape, random: () => number): readonly Tensor[] {
  const name = (part: string): string => `blk.${at}.${part}.weight`;
  const norm = (part: string): Tensor => tensor(name(part), [width], () => 1);
  const layer = (part: string, from: number, to: number, size: number): Tensor =>
    // The first part of the state is left as the words gave it: it is what the scores of the output rest on.
    tensor(name(part), [from, to], (cell) => (to === width && cell < from ? 0 : random() * size));
  const pairs = (width / HEADS) * HEADS_KV;
  return [
    norm('attn_norm'),
    layer('attn_q', width, width, 0.3),
    layer('attn_k', width, pairs, 0.3),
    layer('attn_v', width, pairs, 0.3),
    layer('attn_output', width, width, 0.3),
    norm('ffn_norm'),
    layer('ffn_gate', width, hidden, 0.3),
    layer('ffn_up', width, hidden, 0.3),
    layer('ffn_down', hidden, width, 0.2),
  ];
}

function describe(count: number, { width, hidden, layers }: Shape): Record<string, Meta> {
  const u32 = (value: number): Meta => ({ type: 'u32', value });
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'tiny' },
    'general.file_type': u32(0),
    'llama.vocab_size': u32(count),
    'llama.context_length': u32(CONTEXT),
    'llama.embedding_length': u32(width),
    'llama.block_count': u32(layers),
    'llama.feed_forward_length': u32(hidden),
    'llama.attention.head_count': u32(HEADS),
    'llama.attention.head_count_kv': u32(HEADS_KV),
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'llama.rope.dimension_count': u32(width / HEADS),
    'tokenizer.ggml.model': { type: 'string', value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'string', value: 'gpt-2' },
    'tokenizer.ggml.tokens': { type: 'strings', value: WORDS.tokens },
    'tokenizer.ggml.token_type': { type: 'i32s', value: WORDS.types },
    'tokenizer.ggml.merges': { type: 'strings', value: WORDS.merges },
    'tokenizer.ggml.unknown_token_id': u32(WORDS.idOf('<unk>')),
    'tokenizer.ggml.bos_token_id': u32(WORDS.idOf('<s>')),
    'tokenizer.ggml.eos_token_id': u32(WORDS.idOf('<|im_end|>')),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
    'tokenizer.chat_template': { type: 'string', value: TEMPLATE },
  };
}

function tensor(name: string, sizes: readonly number[], value: (at: number) => number): Tensor {
  const length = sizes.reduce((product, size) => product * size, 1);
  return { name, sizes, values: Float32Array.from({ length }, (_, at) => value(at)) };
}

/** Evenly spread between -1 and 1, from integer arithmetic alone. */
function numbersFrom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return (state >> 8) / 2 ** 23;
  };
}
