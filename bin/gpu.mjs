// Brings the build of llama.cpp for a graphics card, which the set-up leaves out, and takes it away again.
// Plain JavaScript without dependencies. What it fetches must match the hash that this repository pins.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm run gpu -- cuda      fetch llama.cpp for NVIDIA cards (needs their driver)
npm run gpu -- vulkan    fetch llama.cpp for cards with a Vulkan driver
npm run gpu -- none      take it away again
Models then run on the card by themselves. An npm install takes the build away too: run this again after one.`;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = join(ROOT, 'node_modules');
const SCOPE = join(MODULES, '@node-llama-cpp');
const SCRATCH = join(MODULES, '.cache', 'airlock', 'gpu');
const DISK_BYTES_MIN = 2.5e9;

class GpuError extends Error {}

const say = (line) => process.stderr.write(`gpu: ${line}\n`);
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const PINS = readJson(join(ROOT, 'bin', 'gpu-builds.json'));

/** The packages of a build for this machine, each with its pinned hash. */
function packagesOf(kind) {
  const machine = `${process.platform}-${process.arch}`;
  if (machine === 'darwin-arm64')
    throw new GpuError(
      'nothing to fetch: the build for Apple silicon already uses the graphics card.',
    );
  const builds = PINS.builds[machine];
  if (builds === undefined)
    throw new GpuError(
      `there is no pinned build for ${machine}, only for ${Object.keys(PINS.builds).join(', ')}. Models run on the processor here; a server (ollama:NAME, openai:URL#NAME) may use the card.`,
    );
  return Object.entries(builds[kind]);
}

function checkMachine() {
  const file = join(MODULES, 'node-llama-cpp', 'package.json');
  if (!fs.existsSync(file))
    throw new GpuError(
      'nothing is installed yet. Run `npm run setup`, then run the same command again.',
    );
  const { version } = readJson(file);
  if (version !== PINS.version)
    throw new GpuError(
      `llama.cpp ${version} is installed, but the builds of ${PINS.version} are pinned. Run \`npm run setup\`, or bring bin/gpu-builds.json up to date.`,
    );
  const disk = fs.statfsSync?.(MODULES);
  if (disk && disk.bavail * disk.bsize < DISK_BYTES_MIN)
    throw new GpuError(
      'the disk is nearly full. Free about 2.5 GB, then run the same command again.',
    );
}

function npm(args) {
  const script = process.env.npm_execpath ?? '';
  const own = script.endsWith('npm-cli.js') && fs.existsSync(script);
  const windows = process.platform === 'win32';
  const [command, before] = own
    ? [process.env.npm_node_execpath ?? process.execPath, [script]]
    : [windows ? 'npm.cmd' : 'npm', []];
  return spawnSync(command, [...before, ...args], {
    cwd: SCRATCH,
    encoding: 'utf8',
    shell: windows && !own,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function fetched(name) {
  say(`fetching @node-llama-cpp/${name} ${PINS.version} (some hundred megabytes)`);
  const packed = npm(['pack', `@node-llama-cpp/${name}@${PINS.version}`, '--loglevel=error']);
  const files = fs.readdirSync(SCRATCH).filter((file) => file.endsWith('.tgz'));
  if (packed.status === 0 && files.length === 1) return join(SCRATCH, files[0]);
  process.stderr.write(`${(packed.stderr ?? '').trim().split('\n').slice(-5).join('\n')}\n`);
  throw new GpuError('npm could not fetch it; its last lines are above. Nothing was changed.');
}

/** Hashed piece by piece: the file is larger than one wants in memory. */
function hashOf(file) {
  const hash = createHash('sha512');
  const handle = fs.openSync(file, 'r');
  const piece = Buffer.alloc(1 << 20);
  for (let read = fs.readSync(handle, piece); read > 0; read = fs.readSync(handle, piece))
    hash.update(piece.subarray(0, read));
  fs.closeSync(handle);
  return `sha512-${hash.digest('base64')}`;
}

function unpacked(name, file) {
  const folder = join(SCRATCH, name);
  fs.mkdirSync(folder);
  const untarred = spawnSync('tar', ['-xzf', file, '-C', folder], { encoding: 'utf8' });
  fs.rmSync(file);
  if (untarred.status !== 0)
    throw new GpuError(
      `tar could not unpack it: ${(untarred.stderr ?? 'is it installed?').trim()}`,
    );
  return join(folder, 'package');
}

/** Fetch and check everything first, so that a failure leaves what was there. */
function bring(kind) {
  const packages = packagesOf(kind);
  checkMachine();
  fs.rmSync(SCRATCH, { recursive: true, force: true });
  fs.mkdirSync(SCRATCH, { recursive: true });
  const ready = packages.map(([name, pinned]) => {
    const file = fetched(name);
    const hash = hashOf(file);
    if (hash !== pinned)
      throw new GpuError(
        `@node-llama-cpp/${name} is not what this repository pins (${hash}). Nothing was changed.`,
      );
    return [name, unpacked(name, file)];
  });
  for (const [name, folder] of ready) {
    fs.rmSync(join(SCOPE, name), { recursive: true, force: true });
    fs.renameSync(folder, join(SCOPE, name));
  }
  say(`llama.cpp for ${kind} is in place; ${works(kind)}`);
}

/** Asks llama.cpp itself, in the pinned Node. */
function works(kind) {
  const node = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const question = `import { getLlama } from 'node-llama-cpp';
await getLlama({ gpu: '${kind}', build: 'never', skipDownload: true, progressLogs: false, logLevel: 'disabled' });
process.exit(0);`;
  const options = { cwd: ROOT, stdio: 'ignore', timeout: 120_000 };
  const { status } = spawnSync(node, ['--input-type=module', '-e', question], options);
  return status === 0
    ? 'a card was found, and models will run on it.'
    : 'but no card can be used yet (is its driver installed?). Models run on the processor until then.';
}

/** An empty package stays, because the lockfile names one. */
function takeAway() {
  const names = Object.values(PINS.builds).flatMap((builds) =>
    Object.values(builds).flatMap(Object.keys),
  );
  for (const name of names.filter((one) => fs.existsSync(join(SCOPE, one, 'bins')))) {
    fs.rmSync(join(SCOPE, name), { recursive: true });
    fs.mkdirSync(join(SCOPE, name));
    fs.writeFileSync(
      join(SCOPE, name, 'package.json'),
      '{ "name": "no-gpu-build", "version": "0.0.0" }\n',
    );
  }
  say('models run on the processor.');
}

const [word, ...rest] = process.argv.slice(2);
try {
  if (word === '--help' || word === '-h') process.stdout.write(`${HELP}\n`);
  else if (rest.length === 0 && (word === 'cuda' || word === 'vulkan')) bring(word);
  else if (rest.length === 0 && word === 'none') takeAway();
  else {
    process.stderr.write(`${HELP}\n`);
    process.exitCode = 2;
  }
} catch (error) {
  say(error instanceof GpuError ? error.message : String(error.stack ?? error));
  process.exitCode = 1;
} finally {
  fs.rmSync(SCRATCH, { recursive: true, force: true });
}
