/** The inference process spoken to directly: trials of threads, and questions out of turn. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { LlamaChild } from '../../../agents/runtimes/llama-child.ts';
import { coresOf, hasTaskset, placed } from '../../../agents/runtimes/llama-place.ts';
import { loadedReply, speakReply, type Speech } from '../../../agents/runtimes/llama-protocol.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';

const never = (): AbortSignal => new AbortController().signal;
const open: LlamaChild[] = [];
function childOf(place = placed()): LlamaChild {
  const child = new LlamaChild(place);
  open.push(child);
  return child;
}
afterEach(async () => {
  for (const child of open.splice(0)) await child.end();
});

const order = async (candidates: readonly number[]) => ({
  file: await tinyGguf(),
  adapters: [],
  threads: null,
  candidates,
  gpu: false,
  windows: 1,
});

test('threads are chosen by trial among those that are offered', async () => {
  const child = childOf();
  const reply = await child.ask({ kind: 'load', order: await order([1, 2]) }, never());
  expect([1, 2]).toContain(loadedReply.parse(reply).threads);
});

test('a question before any model is there is answered with a code', async () => {
  const asked = childOf().ask({ kind: 'measure', turns: [], think: false }, never());
  await expect(asked).rejects.toMatchObject({ code: 'RUNTIME_FAILED' });
});

test('what is asked while the model loads waits for it', async () => {
  const child = childOf();
  const loading = child.ask({ kind: 'load', order: await order([1]) }, never());
  const alive = child.ask({ kind: 'ping' }, never());
  const turns = [{ role: 'user' as const, content: 'hello' }];
  const measured = child.ask({ kind: 'measure', turns, think: false }, never());
  expect(await alive).toBeNull();
  expect(loadedReply.parse(await loading).threads).toBe(1);
  expect(await measured).toBeGreaterThan(5);
});

test('what it has read it keeps in whole pieces, and says the same with them as without', async () => {
  const child = childOf();
  await child.ask({ kind: 'load', order: await order([1]) }, never());
  const say = async (words: number, end: string): Promise<Speech> => {
    const content = `${'the market rises '.repeat(words)}${end}`;
    const turns = [{ role: 'user' as const, content }];
    const rest = { think: false, grammar: null, seed: 3, temperature: 0.9 };
    const room = { contextTokens: 4_096, answerTokensMax: 40 };
    return speakReply.parse(
      await child.ask({ kind: 'speak', order: { turns, ...rest, ...room } }, never()),
    );
  };
  const fresh = await say(300, 'up');
  const kept = [
    await say(300, 'up'),
    await say(300, 'down'),
    await say(1, 'up'),
    await say(300, 'up'),
  ];
  const pieces = Math.floor(fresh.promptTokens / 256) * 256;
  expect([fresh, ...kept].map(({ keptTokens }) => keptTokens)).toEqual([0, pieces, pieces, 0, 0]);
  for (const at of [0, 3])
    expect([kept[at]?.text, kept[at]?.answerTokens]).toEqual([fresh.text, fresh.answerTokens]);
});

test('a question that was taken back is not asked', async () => {
  const asked = childOf().ask({ kind: 'ping' }, AbortSignal.abort());
  await expect(asked).rejects.toMatchObject({ code: 'CALL_CANCELLED' });
});

test('a process that has ended is asked nothing', async () => {
  const child = childOf();
  await child.end();
  await expect(child.ask({ kind: 'ping' }, never())).rejects.toMatchObject({
    code: 'RUNTIME_DOWN',
  });
  await child.end();
});

const coresOfProcess = (pid: number | string | null): string => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return /^Cpus_allowed_list:\s*(?<list>\S+)$/m.exec(status)?.groups?.['list'] ?? '';
};

test.runIf(process.platform === 'linux' && hasTaskset())('it runs where it is put', async () => {
  const core = String(coresOf(coresOfProcess('self')).at(-1));
  const child = childOf(placed(core));
  expect(await child.ask({ kind: 'ping' }, never())).toBeNull();
  expect(coresOfProcess(child.pid)).toBe(core);
});
