/** Transcripts of decisions, kept under the hash of their text: what a proposal names can be found, and cannot be another. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalText, hashText, type Hash, type Json } from '#firewall';

export class TranscriptError extends Error {
  readonly code = 'TRANSCRIPT_TAMPERED';
  readonly retryable = false;
  constructor(hash: Hash) {
    super(`the transcript ${hash.slice(0, 16)}… is not what it was when its hash was taken`);
    this.name = 'TranscriptError';
  }
}

export interface TranscriptStore {
  /** On the disk before it returns: a proposal may name the hash from then on. */
  put(transcript: Json): Hash;
  /** As `put`, for a decision that proposes nothing: only the latest of these are kept. */
  putPassing(transcript: Json): Hash;
  /** Null when there is none; throws when there is one that was changed. */
  get(hash: Hash): Json | null;
}

/** The two first digits are a directory, so that none of them grows too long to list. */
const fileOf = (dir: string, hash: Hash): string => join(dir, hash.slice(0, 2), `${hash}.json`);

export function openTranscripts(dir: string, passingMax = 2_000): TranscriptStore {
  const passing = join(dir, 'passing');
  const kept = existsSync(passing) ? oldestFirst(passing) : [];
  return {
    put(transcript) {
      const text = canonicalText(transcript);
      const hash = hashText(text);
      writeDurably(fileOf(dir, hash), text);
      return hash;
    },
    putPassing(transcript) {
      const text = canonicalText(transcript);
      const hash = hashText(text);
      const name = `${hash}.json`;
      writeDurably(join(passing, name), text);
      kept.push(name);
      for (const old of kept.splice(0, kept.length - passingMax))
        if (!kept.includes(old)) rmSync(join(passing, old), { force: true });
      return hash;
    },
    get(hash) {
      const file = [fileOf(dir, hash), join(passing, `${hash}.json`)].find(existsSync);
      if (file === undefined) return null;
      const text = readFileSync(file, 'utf8');
      if (hashText(text) !== hash) throw new TranscriptError(hash);
      return JSON.parse(text) as Json;
    },
  };
}

const oldestFirst = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, at: statSync(join(dir, name)).mtimeMs }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name);

/** Whole or not at all, and still there after a fall of the power. */
function writeDurably(file: string, text: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.next`;
  const handle = openSync(next, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(next, file);
  // The new name is an entry of its directory, and that is a file of its own.
  if (process.platform === 'win32') return;
  const directory = openSync(dirname(file), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
