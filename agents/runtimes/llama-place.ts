/** Where the inference process runs: below the rest of the house in rank, off the first core, without our environment, and without a network. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Place = Readonly<{
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}>;

/** What the libraries of a GPU and of the system look for. No key of ours is among them. */
const NEEDED =
  /^(?:PATH|HOME|TMPDIR|TEMP|SystemRoot|LANG|LD_LIBRARY_PATH|NVIDIA_\w+|CUDA_\w+|VK_\w+|GGML_\w+)$/i;
const GPU_BUILDS = [
  'linux-x64-cuda',
  'linux-x64-vulkan',
  'win-x64-cuda',
  'win-x64-vulkan',
] as const;
const BUILDS = new URL('../../node_modules/@node-llama-cpp/', import.meta.url);
/** Compiled once, the libraries start in two thirds of the time. It lies where they lie, and is trusted as they are. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/airlock/code', import.meta.url));

/** No network, and no file written but compiled code. Addons and the trial of their build are what llama.cpp is. */
const RIGHTS = [
  '--permission',
  '--allow-fs-read=*',
  `--allow-fs-write=${COMPILED}`,
  '--allow-addons',
  '--allow-child-process',
  '--disable-warning=PERM0001',
  '--disable-warning=PERM0002',
] as const;
const MAIN = new URL('llama-process.ts', import.meta.url);

export function placed(cores = coresApart(process.platform, allowedCores(), hasTaskset())): Place {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => NEEDED.test(entry[0]) && entry[1] !== undefined,
  );
  const env = { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: COMPILED };
  const node = [process.execPath, ...RIGHTS, fileURLToPath(MAIN)];
  const [command = process.execPath, ...args] =
    cores === null ? node : ['taskset', '-c', cores, ...node];
  return { command, args, env };
}

/** A build for a GPU is there when somebody put it there (`npm run gpu`); Apple's comes with the package. */
export const hasGpuBuild = (): boolean =>
  (process.platform === 'darwin' && process.arch === 'arm64') ||
  GPU_BUILDS.some((build) => existsSync(new URL(`${build}/bins`, BUILDS)));

/** All cores but the first, where there are more than two and the system can be told. */
export function coresApart(
  platform: string,
  allowed: readonly number[],
  taskset: boolean,
): string | null {
  return platform === 'linux' && taskset && allowed.length > 2 ? allowed.slice(1).join(',') : null;
}

/** Cores that do arithmetic of their own: two threads of one core share its units. */
export function coresHere(): number {
  const allowed = allowedCores();
  const cores = new Set(allowed.map(siblingsOf));
  return Math.max(1, cores.has('') ? availableParallelism() : cores.size);
}

/** The threads of the same core; nothing where the system does not say. */
function siblingsOf(core: number): string {
  const file = `/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function allowedCores(): readonly number[] {
  const status = '/proc/self/status';
  if (!existsSync(status)) return [];
  const list = /^Cpus_allowed_list:\s*(?<list>\S+)$/m.exec(readFileSync(status, 'utf8'));
  return coresOf(list?.groups?.['list'] ?? '');
}

/** `0-3,8` as 0, 1, 2, 3, 8. */
export const coresOf = (list: string): readonly number[] =>
  list
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, at) => from + at);
    });

export function hasTaskset(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'taskset'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
