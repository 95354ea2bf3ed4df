/** Small JSON files that a running process keeps for others to read: replaced whole, so never half-read. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { decodeText, type Codec, type Json } from '#firewall';

export function writeSnapshot(file: string, value: Json): void {
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(value), { mode: 0o600 });
  renameSync(next, file);
}

/** Null when there is none, or when what is there is not what it should be. */
export function readSnapshot<T>(file: string, codec: Codec<T>): T | null {
  if (!existsSync(file)) return null;
  const decoded = decodeText(codec, readFileSync(file, 'utf8'), 4_000_000);
  return decoded.ok ? decoded.value : null;
}
