/** The queue conformance suite against both real backends. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { startPostgres, type RunningPostgres } from '../../infra/embedded-postgres.ts';
import { lanesConformance } from './lanes-conformance.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-lanes-'));
const ignore = (): void => undefined;
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(dir, { recursive: true, force: true });
});

lanesConformance('the embedded Postgres', async () => {
  const running: RunningPostgres = await startPostgres(dir);
  closing.push(() => running.stop());
  return {
    url: running.url,
    open: () => openLanes({ url: running.url, prefix: 'test', onError: ignore }),
    interrupt: null,
  };
});

const redisServer = process.env['REDIS_SERVER'] ?? 'redis-server';
const haveRedis = spawnSync(redisServer, ['--version']).status === 0;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });

describe.skipIf(!haveRedis)('with a redis-server on this machine', () => {
  lanesConformance('Redis', async () => {
    const port = await freePort();
    const start = async (): Promise<ChildProcess> => {
      const options = [
        '--port',
        `${port}`,
        '--bind',
        '127.0.0.1',
        '--dir',
        dir,
        '--appendonly',
        'yes',
      ];
      const server = spawn(redisServer, options, { stdio: 'ignore' });
      await sleep(500);
      return server;
    };
    let server = await start();
    const stop = async (): Promise<void> => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await gone;
    };
    closing.push(stop);
    return {
      url: `redis://127.0.0.1:${port}`,
      open: () => openLanes({ url: `redis://127.0.0.1:${port}`, prefix: 'test', onError: ignore }),
      interrupt: async () => {
        await stop();
        await sleep(500);
        server = await start();
      },
    };
  });
});

describe('an address that names no queue', () => {
  it.each(['', 'http://127.0.0.1', 'nonsense'])('%j is refused with a code', (url) => {
    expect(() => openLanes({ url, prefix: 'test', onError: ignore })).toThrowError(
      expect.objectContaining({ code: 'QUEUE_URL_INVALID' }),
    );
  });
});

describe('a queue that is not there', () => {
  it('is heard as unavailable, and may be tried again', async () => {
    const port = await freePort();
    const lanes = openLanes({ url: `redis://127.0.0.1:${port}`, prefix: 'test', onError: ignore });
    await expect(lanes.lane('x').send('k', { n: 1 })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      retryable: true,
    });
    await lanes.close();
  }, 20_000);
});
