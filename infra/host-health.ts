/** What the machine itself has left: disk, memory, and how late its event loop runs. */
import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Runtime } from '#firewall';

const MB = 1_048_576;
/** Measuring the disk costs a system call; once a second is often enough. */
const REFRESH_MS = 1_000;

/** A probe whose answer is never older than a second. */
export function hostProbe(directory: string): () => NonNullable<Runtime['host']> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let at = Number.NEGATIVE_INFINITY;
  let last = { diskFreeMb: 0, memoryFreeMb: 0, loopLagMs: 0 };
  return () => {
    const now = performance.now();
    if (now - at < REFRESH_MS) return last;
    at = now;
    const { bavail, bsize } = statfsSync(directory);
    last = {
      diskFreeMb: Math.floor((bavail * bsize) / MB),
      memoryFreeMb: Math.floor(freemem() / MB),
      // The monitor counts its own sampling step as delay.
      loopLagMs: Math.max(0, Math.floor(delay.percentile(90) / 1e6) - 10),
    };
    delay.reset();
    return last;
  };
}
