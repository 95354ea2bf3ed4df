/** Nothing that is thought here is sent to a tracing service, whatever the environment says. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stayLocal } from '../../bin/stay-local.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'airlock.ts');

test('takes the variables of tracing out of an environment, and leaves the rest', () => {
  const env = { LANGSMITH_TRACING: 'true', LANGCHAIN_API_KEY: 'x', PATH: '/bin', LANG: 'C' };
  expect(stayLocal(env)).toEqual(['LANGSMITH_TRACING', 'LANGCHAIN_API_KEY']);
  expect(env).toEqual({ PATH: '/bin', LANG: 'C' });
});

test('a decision under a tracing environment sends nothing', async () => {
  const heard: string[] = [];
  const service = createServer((request, response) => {
    heard.push(request.url ?? '');
    response.end('{}');
  });
  await new Promise<void>((resolve) => {
    service.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const cwd = mkdtempSync(join(tmpdir(), 'airlock-local-'));
  const child = spawn(process.execPath, [ENTRY, 'decide', '--json'], {
    cwd,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      LANGSMITH_TRACING: 'true',
      LANGCHAIN_TRACING_V2: 'true',
      LANGSMITH_API_KEY: 'key',
      LANGSMITH_ENDPOINT: endpoint,
      LANGCHAIN_ENDPOINT: endpoint,
    },
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  service.closeAllConnections();
  service.close();
  rmSync(cwd, { recursive: true, force: true });
  expect(status).toBe(0);
  expect(heard).toEqual([]);
});
