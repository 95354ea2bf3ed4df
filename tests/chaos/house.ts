/** A real house to be cruel to: its processes, its policy without tempo limits, and who is who. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { courierCodec, snapshotFiles, standingCodec } from '../../bin/snapshots.ts';
import { dataDir, type DataDir } from '../../infra/data-dir.ts';
import { readSnapshot } from '../../infra/snapshot-file.ts';
import { CHURN_DESK, SYMBOL } from './churn.ts';
import { tempoFree } from './tempo-free.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'airlock.ts');
export type Victim = 'gate' | 'courier' | 'vault' | 'venue';

export class House {
  readonly dir: DataDir;
  readonly venuePort: number;
  readonly #queueUrl: string;
  #process: ChildProcess | null = null;

  constructor(root: string, queueUrl: string, venuePort: number) {
    this.dir = dataDir(root);
    this.#queueUrl = queueUrl;
    this.venuePort = venuePort;
  }

  prepare(): void {
    mkdirSync(this.dir.root, { recursive: true });
    const desks = [{ desk: CHURN_DESK, strategy: CHURN_DESK, symbol: SYMBOL, reckless: false }];
    const settings = {
      symbols: [SYMBOL],
      desks,
      stepMs: 50,
      deskEveryMs: 3_600_000,
      venuePort: this.venuePort,
      venueFaults: true,
      restartMsMax: 250,
      redisUrl: this.#queueUrl,
    };
    writeFileSync(this.dir.config, stringify(settings));
    writeFileSync(this.dir.policy, stringify(tempoFree([CHURN_DESK])));
  }

  start(): void {
    const log = openSync(join(this.dir.root, 'up.log'), 'a');
    this.#process = spawn(process.execPath, [BIN, 'up', '--json', '--data', this.dir.root], {
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
    });
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (running === null || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await gone;
    this.#process = null;
  }

  get down(): boolean {
    return this.#process?.exitCode !== null;
  }

  standing() {
    return readSnapshot(snapshotFiles(this.dir).standing, standingCodec);
  }

  /** Process ids as the processes themselves last wrote them; null while one is not up. */
  pid(victim: Victim): number | null {
    const standing = this.standing();
    const courier = readSnapshot(snapshotFiles(this.dir).courier, courierCodec);
    if (victim === 'gate') return standing?.pid ?? null;
    if (victim === 'courier') return courier?.pid ?? null;
    if (victim === 'vault') return courier?.vaultPid ?? null;
    return childOf(this.#process?.pid ?? 0, 'roles/venue.ts');
  }

  /** Waits until gate, courier and venue have all spoken after `since`. */
  async settled(since: number, msMax: number): Promise<boolean> {
    const end = performance.now() + msMax;
    while (performance.now() < end && !this.down) {
      const standing = this.standing();
      const courier = readSnapshot(snapshotFiles(this.dir).courier, courierCodec);
      if ((standing?.at ?? 0) > since && (courier?.at ?? 0) > since) return true;
      await sleep(50);
    }
    return false;
  }
}

function childOf(parent: number, script: string): number | null {
  const text = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8');
  const found = text
    .trim()
    .split(' ')
    .map(Number)
    .find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script));
  return found ?? null;
}
