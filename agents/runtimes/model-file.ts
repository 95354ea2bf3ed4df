/** A model's file before it is opened: whether it is there, whether it is a GGUF at all, and its hash. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { RuntimeError } from './contract.ts';
import { checkHead } from './gguf-head.ts';
import { noted } from './model-notes.ts';

/** Below this a file is hashed in less time than it takes to look up its hash with care. */
const NOTED_BYTES_MIN = 64 << 20;

/** The hash of a file; of a large one, read once for as long as the file stays as it is. */
export async function digestOf(file: string): Promise<string> {
  const { text, size } = await stampOf(file);
  return size < NOTED_BYTES_MIN ? hashOf(file) : noted(`sha256 ${text}`, () => hashOf(file));
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 }))
    hash.update(part as Buffer);
  return hash.digest('hex');
}

/** Changes whenever the file does; throws where there is none. */
export async function stampOf(file: string): Promise<Readonly<{ text: string; size: number }>> {
  try {
    const { size, mtimeMs, ctimeMs, ino } = await stat(file);
    return { text: `${file} ${size} ${mtimeMs} ${ctimeMs} ${ino}`, size };
  } catch (cause) {
    throw new RuntimeError('MODEL_NOT_FOUND', `there is no readable file ${file}`, { cause });
  }
}

export async function mustBeGguf(file: string): Promise<void> {
  await stampOf(file);
  const handle = await open(file).catch((cause: unknown) => {
    throw new RuntimeError('MODEL_NOT_FOUND', `${file} cannot be read`, { cause });
  });
  try {
    await checkHead(handle, file);
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    throw new RuntimeError('MODEL_NOT_FIT', `${file} is not a file to read`, { cause });
  } finally {
    await handle.close();
  }
}
