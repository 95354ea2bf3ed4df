/** A model's file before it is opened: whether it is there, whether it is a GGUF at all, and its hash. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { RuntimeError } from './contract.ts';

/** Hashes of files that have not changed since, by path, size and time. A file is hashed once a process. */
const known = new Map<string, string>();

export async function digestOf(file: string): Promise<string> {
  const key = await stampOf(file);
  const before = known.get(key);
  if (before !== undefined) return before;
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 }))
    hash.update(part as Buffer);
  const digest = hash.digest('hex');
  known.set(key, digest);
  return digest;
}

/** Changes whenever the file does; throws where there is none. */
export async function stampOf(file: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    return `${file} ${size} ${mtimeMs} ${ino}`;
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
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead < 4 || buffer.toString('latin1') !== 'GGUF')
      throw new RuntimeError('MODEL_NOT_FIT', `${file} is not a GGUF file`);
  } finally {
    await handle.close();
  }
}
