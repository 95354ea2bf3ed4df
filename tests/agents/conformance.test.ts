/** The check of a model, on real inference: what holds is said to hold, and what a server breaks is found. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TimeMs } from '#firewall';
import { checkModel } from '../../agents/conformance.ts';
import { CONFORMANCE_CASES } from '../../agents/conformance-cases.ts';
import type { ModelSettings } from '../../agents/contract.ts';
import type { ChatRuntime } from '../../agents/runtimes/chat-runtime.ts';
import { openLlamaCpp } from '../../agents/runtimes/llama-cpp.ts';
import { openOllama } from '../../agents/runtimes/ollama.ts';
import { CHECKS, type Check, type CheckName, type Scorecard } from '../../agents/scorecard.ts';
import { openScorecards } from '../../infra/scorecards.ts';
import type { Manner } from '../support/manners.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { tinyGguf } from '../support/tiny-gguf.ts';

const OPTIONS = { concurrency: 2, keepAliveMs: null };
const AT = 1_790_000_000_000 as TimeMs;
const SETTINGS: ModelSettings = {
  seed: 1,
  temperature: 0.8,
  contextTokens: 2_500,
  answerTokensMax: 160,
  think: false,
  deadlineMs: 10_000,
};

let model: ChatRuntime;
let server: ModelServer;
let ollama: ChatRuntime;
beforeAll(async () => {
  model = await openLlamaCpp({ file: await tinyGguf(), options: OPTIONS, threads: 1 });
  server = await startModelServer('ollama', model);
  ollama = await openOllama({ url: server.url, name: 'tiny', options: OPTIONS });
});
afterAll(async () => {
  await server.close();
  await model.close();
});

const never = (): AbortSignal => new AbortController().signal;
const base = { settings: SETTINGS, at: AT, signal: never(), progress: () => undefined };
/** One question of each agent. */
const check = (): Promise<Scorecard> =>
  checkModel({
    ...base,
    settings: { ...SETTINGS, contextTokens: 1_600 },
    runtime: ollama,
    cases: CONFORMANCE_CASES.slice(0, 3),
  });
const named = (card: Scorecard, name: CheckName): Check | undefined =>
  card.checks.find((done) => done.name === name);

test('there are fifty questions, and no two are alike', async () => {
  expect(CONFORMANCE_CASES).toHaveLength(50);
  expect(new Set(CONFORMANCE_CASES.map(({ agent }) => agent)).size).toBe(3);
});

describe('a model that runs here', () => {
  let card: Scorecard;
  const seen: CheckName[] = [];
  beforeAll(async () => {
    card = await checkModel({ ...base, runtime: model, progress: (name) => seen.push(name) });
  });

  test('keeps to every schema, and everything else holds', () => {
    expect(named(card, 'schema')).toEqual({
      name: 'schema',
      ok: true,
      passed: 50,
      of: 50,
      codes: [],
    });
    const others = card.checks.filter(({ name }) => name !== 'tools');
    expect(others.map(({ name, ok }) => [name, ok])).toEqual(
      CHECKS.filter((name) => name !== 'tools').map((name) => [name, true]),
    );
    expect(card.fit).toBe(true);
    expect(card.thinksAnyway).toBe(false);
  });

  test('may choose its tools when it does so each time, and this one does not', () => {
    expect(named(card, 'tools')).toMatchObject({ ok: false, of: 3 });
    expect(card.mayChooseTools).toBe(false);
  });

  test('is measured, in whole numbers', () => {
    expect(card.tokensPerSecond).toBeGreaterThan(0);
    expect(card.firstTokenMs).toBeGreaterThanOrEqual(0);
    expect(card.answerMs).toBeGreaterThan(0);
    expect(
      [card.tokensPerSecond, card.firstTokenMs, card.answerMs].every(Number.isSafeInteger),
    ).toBe(true);
  });

  test('and every check was announced', () => {
    expect([...new Set(seen)]).toEqual(CHECKS);
    expect(seen.filter((name) => name === 'schema')).toHaveLength(50);
  });

  test('its card is kept, and found again by what it is of', () => {
    const dir = mkdtempSync(join(tmpdir(), 'airlock-cards-'));
    const cards = openScorecards(join(dir, 'scorecards'));
    const { identity, think } = card;
    expect(cards.get(card)).toBeNull();
    expect(cards.all()).toEqual([]);
    cards.put(card);
    expect(cards.get({ identity, think })).toEqual(card);
    expect(cards.get({ identity, think: true })).toBeNull();
    expect(cards.get({ identity: { ...identity, runtimeVersion: 'next' }, think })).toBeNull();
    expect(cards.get({ identity: { ...identity, digest: 'b'.repeat(64) }, think })).toBeNull();
    cards.put({ ...card, fit: false });
    expect(cards.all()).toEqual([{ ...card, fit: false }]);
    rmSync(dir, { recursive: true });
  });
});

describe('a server', () => {
  test('that behaves well is fit', async () => {
    const card = await check();
    expect(card.checks.filter(({ ok }) => ok !== true).map(({ name }) => name)).toEqual(['tools']);
    expect(card.fit).toBe(true);
  });

  test('that says another thing each time is written down, not failed', async () => {
    server.behave('moody');
    const card = await check();
    server.behave('good');
    expect(named(card, 'determinism')).toMatchObject({ ok: null, codes: ['ANSWER_DIFFERS'] });
    expect(card.fit).toBe(true);
  });

  test.each<readonly [Manner, CheckName, string]>([
    ['ignores the schema', 'schema', 'ANSWER_NOT_JSON'],
    ['cuts the prompt', 'reads_whole_window', 'PROMPT_TRUNCATED'],
    ['small window', 'reads_whole_window', 'PROMPT_TRUNCATED'],
    ['error 404', 'schema', 'MODEL_NOT_FOUND'],
  ])('that behaves so is not fit: %s', async (manner, name, code) => {
    server.behave(manner);
    const card = await check();
    server.behave('good');
    expect(card.fit).toBe(false);
    expect(named(card, name)).toMatchObject({ ok: false });
    expect(named(card, name)?.codes).toContain(code);
  });

  test('that thinks although it was told not to is found out', async () => {
    server.behave('thinking field');
    const card = await check();
    server.behave('good');
    expect(card).toMatchObject({ fit: true, thinksAnyway: true });
  });

  test('that asks for tools as it should may choose them', async () => {
    server.behave('asks for a tool');
    const card = await check();
    server.behave('good');
    expect(card.mayChooseTools).toBe(true);
    expect(card.fit).toBe(false);
  });
});

test('a check can be ended', async () => {
  const stop = new AbortController();
  const ended = checkModel({
    ...base,
    runtime: model,
    signal: stop.signal,
    progress: () => stop.abort(),
  });
  await expect(ended).rejects.toThrow();
});
