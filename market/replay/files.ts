/** Reads whole files, compressed or not, and says in one kind of error what was wrong with them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { MarketDataError } from '../contract.ts';

/** Far above any file that is meant to be read whole, and far below what a hostile archive unpacks to. */
const BYTES_MAX = 1_000_000_000;

export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new MarketDataError('FILE_UNREADABLE', `${path} cannot be read`, { cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: BYTES_MAX }));
  } catch (cause) {
    throw new MarketDataError('GZIP_DAMAGED', `${path} is cut short or damaged`, { cause });
  }
}

export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readBytes(path));
  } catch (cause) {
    if (cause instanceof MarketDataError) throw cause;
    throw new MarketDataError('TEXT_INVALID', `${path} is not UTF-8`, { cause });
  }
}

/** The lines of a text without their ends; a last empty one is none. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
