/** What this machine has to run models on: cores, memory, a GPU that its driver can name, and what the install takes. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Gpu = Readonly<{ name: string; memoryBytes: number; freeBytes: number }>;

export type Machine = Readonly<{
  platform: string;
  node: string;
  cpu: string;
  /** Threads that this process may use. */
  threads: number;
  /** Null where the system does not say. */
  physicalCores: number | null;
  memoryBytes: number;
  freeBytes: number;
  /** A limit of the container that is tighter than the machine. */
  memoryLimitBytes: number | null;
  diskFreeBytes: number;
  gpus: readonly Gpu[];
}>;

const run = promisify(execFile);
const GPU_WAIT_MS = 3_000;

export async function probeMachine(directory: string): Promise<Machine> {
  const { bavail, bsize } = statfsSync(directory);
  return {
    platform: `${platform()} ${release()} ${process.arch}`,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: availableParallelism(),
    physicalCores: physicalCores(),
    memoryBytes: totalmem(),
    freeBytes: freemem(),
    memoryLimitBytes: memoryLimit(),
    diskFreeBytes: bavail * bsize,
    gpus: await nvidiaGpus(),
  };
}

/** Pairs of package and core in what Linux says of its processors. */
function physicalCores(): number | null {
  const text = textOf('/proc/cpuinfo');
  if (text === null) return null;
  const cores = new Set<string>();
  for (const block of text.split('\n\n')) {
    const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (socket !== undefined && core !== undefined) cores.add(`${socket} ${core}`);
  }
  return cores.size > 0 ? cores.size : null;
}

function memoryLimit(): number | null {
  const text = textOf('/sys/fs/cgroup/memory.max')?.trim() ?? 'max';
  const bytes = Number(text);
  return Number.isSafeInteger(bytes) && bytes > 0 && bytes < totalmem() ? bytes : null;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Another system, or one that does not let us look: then it is unknown.
    return null;
  }
}

/** What NVIDIA's own tool lists; none where there is no such tool. */
async function nvidiaGpus(): Promise<readonly Gpu[]> {
  const query = ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await run('nvidia-smi', query, { timeout: GPU_WAIT_MS });
    return readGpus(stdout);
  } catch {
    return [];
  }
}

const MEBIBYTE = 1_048_576;

export function readGpus(listing: string): readonly Gpu[] {
  return listing.split('\n').flatMap((line) => {
    const [name, total, free] = line.split(',').map((part) => part.trim());
    const [memory, left] = [Number(total), Number(free)];
    if (name === undefined || name === '' || !(memory > 0) || !(left >= 0)) return [];
    return [{ name, memoryBytes: memory * MEBIBYTE, freeBytes: left * MEBIBYTE }];
  });
}

/** Bytes of all files under a folder. Links are not followed. */
export function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += sizeOf(path);
    else if (entry.isFile()) bytes += statSync(path).size;
  }
  return bytes;
}
