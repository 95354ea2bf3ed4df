/** A look at what answers where an Ollama server is expected. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { lookAtOllama } from '../../infra/ollama-look.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function serving(replies: Readonly<Record<string, string>>): Promise<string> {
  const started = createServer((request, response) => {
    const reply = replies[request.url ?? ''];
    response.statusCode = reply === undefined ? 404 : 200;
    response.end(reply ?? '');
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const GOOD = {
  '/api/version': '{"version":"0.30.5"}',
  '/api/tags':
    '{"models":[{"name":"qwen3:4b","size":2620788260,"details":{"parameter_size":"4.0B","quantization_level":"Q4_K_M"}},{"name":"bare"}]}',
  '/api/ps': '{"models":[{"name":"qwen3:4b","size":3000,"size_vram":2000,"context_length":4096}]}',
};

test('says which models are there and which are in memory', async () => {
  expect(await lookAtOllama(await serving(GOOD))).toEqual({
    ok: true,
    version: '0.30.5',
    models: [
      { name: 'qwen3:4b', bytes: 2_620_788_260, parameters: '4.0B', quantisation: 'Q4_K_M' },
      { name: 'bare', bytes: null, parameters: null, quantisation: null },
    ],
    loaded: [{ name: 'qwen3:4b', bytes: 3_000, gpuBytes: 2_000, contextTokens: 4_096 }],
  });
});

test.each([
  ['a page', { ...GOOD, '/api/tags': '<html></html>' }],
  ['another shape', { ...GOOD, '/api/ps': '{"models":[{}]}' }],
  ['nothing of the kind', {}],
])('takes %s for no Ollama', async (_what, replies: Readonly<Record<string, string>>) => {
  expect(await lookAtOllama(await serving(replies))).toMatchObject({
    ok: false,
    code: 'OLLAMA_ODD',
  });
});

test('gives up on what is far too long, and is not sent the rest', async () => {
  let sent = 0;
  const started = createServer((_request, response) => {
    let gone = false;
    response.on('close', () => (gone = true));
    const more = (): void => {
      if (gone || sent >= 400) return;
      sent += 1;
      response.write('x'.repeat(1_000_000), () => setImmediate(more));
    };
    more();
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  expect(await lookAtOllama(url)).toMatchObject({ ok: false, code: 'OLLAMA_ODD' });
  expect(sent).toBeLessThan(400);
});

test('is sent nowhere else', async () => {
  const started = createServer((_request, response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/api/version' }).end();
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  expect(await lookAtOllama(url)).toMatchObject({ ok: false });
});

test('says when nothing is there', async () => {
  const url = await serving(GOOD);
  server?.close();
  server?.closeAllConnections();
  expect(await lookAtOllama(url)).toMatchObject({ ok: false, code: 'OLLAMA_NOT_THERE' });
});
