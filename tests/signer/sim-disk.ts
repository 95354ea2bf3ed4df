/** A disk for journals that can tear, fill up, break, flip a bit and be rolled back. */
import type { JournalFile } from '../../signer/journal.ts';

type Trouble = Readonly<{
  kind: 'ENOSPC' | 'EIO';
  /** How much of the write still lands. */ lands: number;
}>;

export class SimDisk implements JournalFile {
  bytes: Buffer;
  trouble: Trouble | null = null;
  /** Called after each durable append; throws to die there. */
  onAppend: (line: string) => void = () => undefined;
  appends = 0;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.bytes = Buffer.from(bytes);
  }

  /** What a restarted machine finds. */
  copy(): SimDisk {
    return new SimDisk(this.bytes);
  }

  /** In odd pieces, since a real file comes in pieces too. */
  *chunks(): Iterable<Uint8Array> {
    for (let at = 0; at < this.bytes.length; at += 701) yield this.bytes.subarray(at, at + 701);
  }
  size(): number {
    return this.bytes.length;
  }
  truncate(size: number): void {
    this.bytes = this.bytes.subarray(0, size);
  }
  append(bytes: Uint8Array): void {
    const { trouble } = this;
    if (trouble !== null) {
      this.bytes = Buffer.concat([this.bytes, bytes.subarray(0, trouble.lands)]);
      throw Object.assign(new Error(trouble.kind), { code: trouble.kind });
    }
    this.bytes = Buffer.concat([this.bytes, bytes]);
    this.appends += 1;
    this.onAppend(Buffer.from(bytes).toString());
  }
  close(): void {
    this.onAppend = () => undefined;
  }

  get lines(): readonly string[] {
    return this.bytes.toString().split('\n').slice(0, -1);
  }
}
