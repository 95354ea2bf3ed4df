/**
 * Which models a machine can run, by arithmetic alone.
 *
 *   weights  = parameters x bits per weight / 8
 *   cache    = 2 (keys and values) x layers x heads of them x width of a head x 2 bytes x window
 *   buffers  = 256 MiB and a twentieth of the weights, for what llama.cpp computes in
 *   tokens/s = bytes that memory gives in a second / (weights + cache), since each token reads all of both
 *
 * The bits per weight are those that llama.cpp publishes for its quantisation of Llama 3.1 8B, scales and mixed layers
 * included; the shapes are those of a widely used model of each class. Real speed stays below the formula's: it is a
 * class, not a promise.
 */
export const QUANTISATIONS = ['Q4_K_M', 'Q5_K_M', 'Q8_0', 'F16'] as const;
export type Quantisation = (typeof QUANTISATIONS)[number];
export const MODEL_CLASSES = ['1-3B', '7-8B', '14-32B'] as const;
export type ModelClass = (typeof MODEL_CLASSES)[number];

export type ModelShape = Readonly<{
  class: ModelClass;
  /** The model that the numbers are of. */
  name: string;
  parameters: number;
  layers: number;
  cacheHeads: number;
  headWidth: number;
}>;

const BITS: Readonly<Record<Quantisation, number>> = {
  Q4_K_M: 4.8944,
  Q5_K_M: 5.7036,
  Q8_0: 8.5008,
  F16: 16.0005,
};

const shape = (
  name: string,
  kind: ModelClass,
  [parameters, layers, cacheHeads, headWidth]: readonly [number, number, number, number],
): ModelShape => ({ class: kind, name, parameters, layers, cacheHeads, headWidth });

export const MODEL_SHAPES: readonly ModelShape[] = [
  shape('Llama 3.2 1B', '1-3B', [1_235_814_400, 16, 8, 64]),
  shape('Llama 3.2 3B', '1-3B', [3_212_749_888, 28, 8, 128]),
  shape('Llama 3.1 8B', '7-8B', [8_030_261_248, 32, 8, 128]),
  shape('Qwen 2.5 14B', '14-32B', [14_770_033_664, 48, 8, 128]),
  shape('Qwen 2.5 32B', '14-32B', [32_763_876_352, 64, 8, 128]),
];

export type ModelNeed = Readonly<{
  weightsBytes: number;
  cacheBytes: number;
  buffersBytes: number;
  totalBytes: number;
}>;

const MEBIBYTE = 1_048_576;
const BUFFERS_BYTES_MIN = 256 * MEBIBYTE;
const CACHE_BYTES_PER_NUMBER = 2;

export function modelNeed(
  { parameters, layers, cacheHeads, headWidth }: Omit<ModelShape, 'class' | 'name'>,
  quantisation: Quantisation,
  contextTokens: number,
): ModelNeed {
  const weightsBytes = Math.ceil((parameters * BITS[quantisation]) / 8);
  const cacheBytes = 2 * layers * cacheHeads * headWidth * CACHE_BYTES_PER_NUMBER * contextTokens;
  const buffersBytes = BUFFERS_BYTES_MIN + Math.ceil(weightsBytes / 20);
  const totalBytes = weightsBytes + cacheBytes + buffersBytes;
  return { weightsBytes, cacheBytes, buffersBytes, totalBytes };
}

/** What there is to run it on. */
export type Room = Readonly<{
  /** The tighter of the machine's memory and its container's. */
  memoryBytes: number;
  /** Of the largest GPU; null without one. */
  gpuBytes: number | null;
}>;

/** Left to the system and to Airlock's own processes. */
const RESERVED_BYTES = 2_048 * MEBIBYTE;
/** Left to the driver and the screen. */
const GPU_RESERVED_BYTES = 512 * MEBIBYTE;
/** Two channels of DDR4 or DDR5 in a usual desk machine, and a usual card for games: bytes in a second. */
const MEMORY_BYTES_A_SECOND = 40e9;
const GPU_BYTES_A_SECOND = 300e9;

export const SPEEDS = ['fast', 'usable', 'slow', 'too slow'] as const;
export type Speed = (typeof SPEEDS)[number];
/** An answer is about eighty tokens: within 3 seconds, 10 seconds, half a minute, or longer. */
const SPEED_MIN: readonly (readonly [Speed, number])[] = [
  ['fast', 27],
  ['usable', 8],
  ['slow', 2.7],
];

export type Fit = Readonly<{ place: 'gpu' | 'memory'; tokensPerSecond: number; speed: Speed }>;

/** Where it would run and how fast; null where it does not fit anywhere. */
export function fitIn({ weightsBytes, cacheBytes, totalBytes }: ModelNeed, room: Room): Fit | null {
  const onGpu = room.gpuBytes !== null && totalBytes <= room.gpuBytes - GPU_RESERVED_BYTES;
  if (!onGpu && totalBytes > room.memoryBytes - RESERVED_BYTES) return null;
  const bytesASecond = onGpu ? GPU_BYTES_A_SECOND : MEMORY_BYTES_A_SECOND;
  const tokensPerSecond = bytesASecond / (weightsBytes + cacheBytes);
  const speed = SPEED_MIN.find(([, least]) => tokensPerSecond >= least)?.[0] ?? 'too slow';
  return { place: onGpu ? 'gpu' : 'memory', tokensPerSecond, speed };
}

export type SizingRow = Readonly<{
  shape: ModelShape;
  quantisation: Quantisation;
  need: ModelNeed;
  fit: Fit | null;
}>;

export const sizingTable = (room: Room, contextTokens: number): readonly SizingRow[] =>
  MODEL_SHAPES.flatMap((model) =>
    QUANTISATIONS.map((quantisation) => {
      const need = modelNeed(model, quantisation, contextTokens);
      return { shape: model, quantisation, need, fit: fitIn(need, room) };
    }),
  );
