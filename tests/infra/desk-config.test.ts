/** Desks in the configuration: what may be left unsaid, what nobody named, and what is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, describe, expect, it, test } from 'vitest';
import { decode } from '#firewall';
import { loadConfig } from '../../infra/config.ts';
import { deskCodec, shippedDesks } from '../../infra/desk-config.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-desks-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'config.yaml');
const load = (settings: object, flags: Record<string, unknown> = {}) => {
  writeFileSync(file, stringify(settings));
  return loadConfig(file, {}, flags);
};
const problemsOf = (settings: object): readonly string[] => {
  const result = load(settings);
  return result.ok ? [] : result.problems.map(({ at, problem }) => `${at}: ${problem}`);
};
const BTC = 'BTC/USDT:USDT';
const desk = (name: string, more: object = {}) => ({
  desk: name,
  strategy: name,
  symbol: BTC,
  ...more,
});

describe('what may be left unsaid', () => {
  test('an old file without agent and fallback reads as it always did', () => {
    const result = load({ desks: [desk('a', { reckless: true })] });
    expect(result.ok && result.config.desks).toEqual([
      { ...desk('a'), reckless: true, agent: 'algorithmic', fallback: 'algorithmic' },
    ]);
  });
  test('what is written is read back as it was', () => {
    for (const each of shippedDesks([BTC, 'ETH/USDT'], 'gguf:x'))
      expect(decode(deskCodec, deskCodec.write(each))).toEqual({ ok: true, value: each });
  });
  it.each(['text', 7, null, ['a'], { ...desk('a'), agnet: 'model' }])('%j is no desk', (value) => {
    expect(decode(deskCodec, value).ok).toBe(false);
  });
});

describe('desks that nobody named', () => {
  test('one for each market, and the reckless one in the first', () => {
    const result = load({ symbols: ['XRP/USDT', BTC, 'BTC/USDT'] });
    const { desks } = result.ok ? result.config : { desks: [] };
    expect(desks.map((each) => [each.desk, each.symbol])).toEqual([
      ['trend-xrp', 'XRP/USDT'],
      ['trend-btc-usdt-usdt', BTC],
      ['trend-btc-usdt', 'BTC/USDT'],
      ['reckless-demo', 'XRP/USDT'],
    ]);
  });
  test('they speak through the model where one is configured; the reckless one does not', () => {
    const result = load({}, { model: 'gguf:some.gguf' });
    const { desks } = result.ok ? result.config : { desks: [] };
    expect(desks.map(({ agent }) => agent)).toEqual(['model', 'model', 'model', 'algorithmic']);
  });
});

describe('what is refused', () => {
  it.each([
    [{ desks: [desk('a'), desk('a', { strategy: 'b' })] }, 'desks[1].desk: another desk is'],
    [{ desks: [desk('a'), desk('b', { strategy: 'a' })] }, 'desks[1].strategy: another desk'],
    [{ desks: [desk('a', { symbol: 'XRP/USDT' })] }, 'desks[0].symbol: XRP/USDT is not among'],
    [{ desks: [desk('a', { agent: 'model' })] }, 'desks[0].agent: no model is configured'],
    [
      { model: 'gguf:x', desks: [desk('a', { agent: 'model', reckless: true })] },
      'desks[0].reckless: only an algorithmic',
    ],
    [{ desks: [desk('a', { fallback: 'hope' })] }, 'desks[0].fallback: want algorithmic | none'],
  ])('%j', (settings, problem) => {
    expect(problemsOf(settings).join('\n')).toContain(problem);
  });
  it.each(['gpt', 'gguf:', 'openai:127.0.0.1#m', 'openai:http://h', 'ollama:', 'gguf:a\nb'])(
    'the model %j',
    (model) => {
      expect(problemsOf({ model }).join()).toContain('gguf:FILE');
    },
  );
  it.each(['ftp://h', 'http://user:word@h', 'h:1'])('the Ollama address %s', (ollamaUrl) => {
    expect(problemsOf({ ollamaUrl })).toHaveLength(1);
  });
  it.each(['gguf:a b.gguf', 'ollama:qwen3:4b', 'openai:http://h:1/v1#m', 'recorded:x.jsonl'])(
    'and %s is a model',
    (model) => {
      expect(problemsOf({ model })).toEqual([]);
    },
  );
});
