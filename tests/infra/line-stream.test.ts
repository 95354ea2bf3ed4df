/** A followed stream of lines: what comes is heard, what breaks is said, and it is tried again. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { followLines, type LineStream } from '../../infra/line-stream.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(answer: (response: ServerResponse, visit: number) => void): Promise<string> {
  let visits = 0;
  const server = createServer((_request, response) => answer(response, (visits += 1)));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function follow(url: string) {
  const heard = { lines: [] as string[], up: 0, down: [] as string[] };
  const stream: LineStream = followLines({
    url: () => url,
    onLine: (line) => heard.lines.push(line),
    onUp: () => {
      heard.up += 1;
    },
    onDown: (reason) => heard.down.push(reason),
  });
  closing.push(() => stream.close());
  return heard;
}

const until = async (done: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 400 && !done(); tries += 1) await sleep(25);
  if (!done()) throw new Error('it did not happen in time');
};

it('hears each line once, and goes on after the stream was torn in the middle of one', async () => {
  const url = await serve((response, visit) => {
    response.write(`visit ${visit}\n`);
    if (visit > 1) return;
    response.write('half a li');
    setTimeout(() => response.socket?.destroy(), 50);
  });
  const heard = follow(url);
  await until(() => heard.lines.includes('visit 2'));
  expect(heard.up).toBe(2);
  expect(heard.down).toHaveLength(1);
});

it('says why when it is refused, and tries again', async () => {
  const url = await serve((response, visit) => {
    if (visit === 1) response.writeHead(503);
    response.end(visit === 1 ? '' : 'well\n');
  });
  const heard = follow(url);
  await until(() => heard.lines.includes('well'));
  expect(heard.down[0]).toBe('status 503');
});

it('keeps trying an address where nobody listens', async () => {
  const heard = follow('http://127.0.0.1:9/');
  await until(() => heard.down.length >= 2);
  expect(heard.lines).toEqual([]);
});
