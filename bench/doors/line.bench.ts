/** From a proposal to the venue's acknowledgement, stage by stage, beside the sum of what the same steps cost bare. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer, request, Agent } from 'node:http';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as secp from '@noble/secp256k1';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { startPostgres } from '../../infra/embedded-postgres.ts';
import { BenchSkipped, type Bench, type Figure } from '../contract.ts';
import { atMost, median, percentile, timeEach } from '../measure.ts';
import { STAGES } from './stopwatch.ts';
import { openWholeLine } from './whole-line.ts';

const ROUNDS = 200;
const BURST = 200;
const RATIO_TARGET = 1.5;
/** What the durable records on the way weigh: the gate's decision, and two each of the vault and the courier. */
const RECORDS_BYTES = [6_000, 1_200, 300, 2_800, 900] as const;
const MS = 1e6;

type Carrier = Readonly<{ name: string; url: string; close(): Promise<void> }>;

async function onPostgres(): Promise<Carrier> {
  const dir = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
  const running = await startPostgres(dir);
  return {
    name: 'Postgres',
    url: running.url,
    async close() {
      await running.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function onRedis(): Promise<Carrier> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined) return { name: 'Redis', url: given, close: async () => {} };
  const program = process.env['REDIS_SERVER'] ?? 'redis-server';
  if (spawnSync(program, ['--version']).status !== 0)
    throw new BenchSkipped('no redis-server here; give REDIS_URL or REDIS_SERVER');
  const port = await freePort();
  const server: ChildProcess = spawn(
    program,
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''],
    { stdio: 'ignore' },
  );
  await sleep(500);
  return {
    name: 'Redis',
    url: `redis://127.0.0.1:${port}`,
    async close() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await gone;
    },
  };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createTcp().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** One message of a proposal's size through a bare queue of the same backend, from sending to its handler, in ms. */
async function bareHops(url: string, rounds: number): Promise<number> {
  const lanes = openLanes({ url, prefix: `floor-${process.pid}`, onError: () => undefined });
  let arrived: () => void = () => undefined;
  const worker = lanes.work('hop', async () => arrived());
  const payload = { body: 'x'.repeat(2_000) };
  const samples: number[] = [];
  for (let round = -20; round < rounds; round += 1) {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const started = performance.now();
    await lanes.lane('hop').send(`${round}-${randomBytes(6).toString('hex')}`, payload);
    await arrival;
    if (round >= 0) samples.push(performance.now() - started);
  }
  await worker.close();
  await lanes.close();
  return median(samples);
}

/** A signature, its check after signing, and the venue's recovery, in bare noble; and four Ed25519 operations, in ms. */
async function bareSignatures(rounds: number): Promise<number> {
  secp.hashes.sha256 ??= (message) => new Uint8Array(createHash('sha256').update(message).digest());
  secp.hashes.hmacSha256 ??= (key, message) =>
    new Uint8Array(createHmac('sha256', key).update(message).digest());
  const { secretKey, publicKey } = secp.keygen();
  const digest = new Uint8Array(createHash('sha256').update('order').digest());
  const house = generateKeyPairSync('ed25519');
  const letter = Buffer.alloc(2_000, 'x');
  const samples = await timeEach({ rounds }, () => {
    const signature = secp.sign(digest, secretKey, { prehash: false, format: 'recovered' });
    secp.verify(signature.subarray(1), digest, publicKey, { prehash: false });
    secp.recoverPublicKey(signature, digest, { prehash: false });
    // The desk's seal is checked by gate and vault, the gate's by courier and vault.
    const seals = [sign(null, letter, house.privateKey), sign(null, letter, house.privateKey)];
    for (const seal of [...seals, ...seals]) verify(null, letter, house.publicKey, seal);
  });
  return median(samples) / MS;
}

/** The records of one order, each appended durably on its own, in ms. */
async function bareAppends(rounds: number): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
  const fd = openSync(
    join(dir, 'floor'),
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_DSYNC,
  );
  const lines = RECORDS_BYTES.map((bytes) => Buffer.alloc(bytes, 'x'));
  const samples = await timeEach({ rounds }, () => {
    for (const line of lines) writeSync(fd, line);
  });
  closeSync(fd);
  rmSync(dir, { recursive: true });
  return median(samples) / MS;
}

/** One small POST and its answer over loopback on a kept connection, in ms. */
async function bareRoundTrip(rounds: number): Promise<number> {
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.once('end', () => response.end('{"kind":"acked"}'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  const body = 'x'.repeat(700);
  const samples = await timeEach(
    { rounds },
    () =>
      new Promise<void>((resolve, reject) => {
        const call = request({ port, host: '127.0.0.1', method: 'POST', agent }, (response) => {
          response.resume();
          response.once('end', resolve);
        });
        call.once('error', reject);
        call.end(body);
      }),
  );
  agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return median(samples) / MS;
}

async function measure(carrier: Carrier): Promise<readonly Figure[]> {
  const line = await openWholeLine(carrier.url);
  try {
    const stages = new Map<string, number[]>(STAGES.map((stage) => [stage, []]));
    for (let round = -20; round < ROUNDS; round += 1) {
      const times = await line.once();
      if (round >= 0) for (const stage of STAGES) stages.get(stage)?.push(times[stage]);
    }
    const floors = {
      'two bare queue hops': 2 * (await bareHops(carrier.url, ROUNDS)),
      'bare signatures and checks': await bareSignatures(ROUNDS),
      'bare durable appends': await bareAppends(ROUNDS),
      'one loopback round trip': await bareRoundTrip(ROUNDS),
    };
    const floor = Object.values(floors).reduce((sum, value) => sum + value, 0);
    const total = stages.get('acknowledged') ?? [];
    const sustained = await line.burst(BURST);
    const on = (name: string): string => `${carrier.name}: ${name}`;
    return [
      ...STAGES.map((stage) => ({
        name: on(`${stage}, p50 since sending`),
        value: median(stages.get(stage) ?? []),
        unit: 'ms',
      })),
      ...Object.entries(floors).map(([name, value]) => ({ name: on(name), value, unit: 'ms' })),
      atMost({
        name: on('whole line, p50'),
        value: median(total),
        unit: 'ms',
        floor,
        target: RATIO_TARGET * floor,
      }),
      { name: on('whole line, p99'), value: percentile(total, 0.99), unit: 'ms' },
      {
        name: on('sustained through both doors'),
        value: sustained,
        unit: 'orders/s',
      },
    ];
  } finally {
    await line.close();
  }
}

const through = (name: string, carrier: () => Promise<Carrier>): Bench => ({
  name: `whole line on ${name}`,
  unit: 'ms',
  async run() {
    const opened = await carrier();
    try {
      return await measure(opened);
    } finally {
      await opened.close();
    }
  },
});

export const benchmarks: readonly Bench[] = [
  through('the embedded Postgres', onPostgres),
  through('Redis', onRedis),
];
