/** Writes a GGUF v3 file: what llama.cpp reads models from. Only as much of the format as a small test model needs. */

export type Meta =
  | Readonly<{ type: 'u32' | 'f32'; value: number }>
  | Readonly<{ type: 'bool'; value: boolean }>
  | Readonly<{ type: 'string'; value: string }>
  | Readonly<{ type: 'strings'; value: readonly string[] }>
  | Readonly<{ type: 'i32s'; value: readonly number[] }>;

/** Sizes are given innermost first, as the format has them. */
export type Tensor = Readonly<{ name: string; sizes: readonly number[]; values: Float32Array }>;

const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const F32 = 0;
const ALIGNMENT = 32;

export function ggufFile(
  metadata: Readonly<Record<string, Meta>>,
  tensors: readonly Tensor[],
): Buffer {
  const parts: Buffer[] = [
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, meta]) => [text(key), metaOf(meta)]),
  ];
  let offset = 0;
  for (const { name, sizes, values } of tensors) {
    parts.push(text(name), u32(sizes.length), ...sizes.map(u64), u32(F32), u64(offset));
    offset += padded(values.byteLength);
  }
  const head = Buffer.concat(parts);
  const body = tensors.map(({ values }) => {
    const bytes = Buffer.alloc(padded(values.byteLength));
    values.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
    return bytes;
  });
  return Buffer.concat([head, Buffer.alloc(padded(head.length) - head.length), ...body]);
}

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function metaOf(meta: Meta): Buffer {
  switch (meta.type) {
    case 'u32':
      return Buffer.concat([u32(TYPE.u32), u32(meta.value)]);
    case 'f32':
      return Buffer.concat([u32(TYPE.f32), f32(meta.value)]);
    case 'bool':
      return Buffer.concat([u32(TYPE.bool), Buffer.from([meta.value ? 1 : 0])]);
    case 'string':
      return Buffer.concat([u32(TYPE.string), text(meta.value)]);
    case 'strings':
      return list(TYPE.string, meta.value.map(text));
    case 'i32s':
      return list(TYPE.i32, meta.value.map(i32));
  }
}

const list = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(TYPE.array), u32(type), u64(items.length), ...items]);
