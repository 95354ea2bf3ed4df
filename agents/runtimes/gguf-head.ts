/** Walks the head of a GGUF file before any library does: a length that is a lie costs them minutes and memory, and us nothing. */
import type { FileHandle } from 'node:fs/promises';
import { RuntimeError } from './contract.ts';

/** More than any tokenizer takes. */
const HEAD_BYTES_MAX = 1 << 28;
const FIRST_BYTES = 1 << 20;
const ALIGNMENT = 32;
const DIMENSIONS_MAX = 4;
/** By the format's numbers for types; strings and lists have lengths of their own. */
const WIDTHS: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const STRING = 8;
const LIST = 9;

/** The head goes on beyond what was read so far. */
class Short extends Error {}

/** Throws MODEL_NOT_FIT unless the head is whole and points nowhere outside of the file. */
export async function checkHead(handle: FileHandle, file: string): Promise<void> {
  const { size } = await handle.stat();
  for (let length = FIRST_BYTES; ; length *= 2) {
    const wanted = Math.min(length, size, HEAD_BYTES_MAX);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, 0);
    try {
      new Head(buffer.subarray(0, bytesRead), size).walk();
      return;
    } catch (error) {
      const more = error instanceof Short && length < Math.min(size, HEAD_BYTES_MAX);
      if (more) continue;
      const why = error instanceof Damaged ? error.message : 'it ends too soon';
      throw new RuntimeError('MODEL_NOT_FIT', `${file} is not a whole GGUF file: ${why}`);
    }
  }
}

class Damaged extends Error {}

class Head {
  readonly #bytes: Buffer;
  readonly #size: number;
  #at = 0;

  constructor(bytes: Buffer, size: number) {
    this.#bytes = bytes;
    this.#size = size;
  }

  walk(): void {
    if (this.#take(4).toString('latin1') !== 'GGUF') throw new Damaged('it does not begin as one');
    const version = this.#u32();
    if (version !== 2 && version !== 3) throw new Damaged(`version ${version}`);
    const tensors = this.#length(1);
    const entries = this.#length(1);
    for (let entry = 0; entry < entries; entry += 1) {
      this.#string();
      this.#value(this.#u32());
    }
    const offsets: number[] = [];
    for (let tensor = 0; tensor < tensors; tensor += 1) offsets.push(this.#tensor());
    const weights = Math.ceil(this.#at / ALIGNMENT) * ALIGNMENT;
    if (offsets.some((offset) => weights + offset > this.#size))
      throw new Damaged('some of its weights are missing');
  }

  #tensor(): number {
    this.#string();
    const dimensions = this.#u32();
    if (dimensions > DIMENSIONS_MAX) throw new Damaged(`${dimensions} dimensions`);
    this.#skip(dimensions * 8);
    this.#u32();
    return this.#length(1);
  }

  #value(type: number): void {
    if (type === STRING) this.#string();
    else if (type === LIST) this.#list();
    else this.#skip(widthOf(type));
  }

  #list(): void {
    const type = this.#u32();
    if (type === LIST) throw new Damaged('a list of lists');
    if (type !== STRING) {
      const width = widthOf(type);
      this.#skip(this.#length(width) * width);
      return;
    }
    const count = this.#length(8);
    for (let item = 0; item < count; item += 1) this.#string();
  }

  #string(): void {
    this.#skip(this.#length(1));
  }

  /** A number of things of at least this width, which cannot be more than the file has room for. */
  #length(width: number): number {
    const length = this.#take(8).readBigUInt64LE();
    if (length * BigInt(width) > BigInt(this.#size)) throw new Damaged(`a length of ${length}`);
    return Number(length);
  }

  #u32(): number {
    return this.#take(4).readUInt32LE();
  }

  #take(length: number): Buffer {
    const from = this.#at;
    this.#skip(length);
    return this.#bytes.subarray(from, this.#at);
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new Short();
  }
}

function widthOf(type: number): number {
  const width = WIDTHS[type];
  if (width === undefined || width === 0) throw new Damaged(`type ${type}`);
  return width;
}
