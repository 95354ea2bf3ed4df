/** Whichever agent the numbers come from: one address, one basis, an honest origin, and a text that the firewall can read. */
import { describe, expect, it } from 'vitest';
import {
  decode,
  proposalCodec,
  type Hash,
  type OrderProposal,
  type Ppm,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import type { Intent } from '../../agents/algorithmic.ts';
import type { AgentCall, Contribution } from '../../agents/contract.ts';
import {
  agentNameOf,
  algorithmicOrigin,
  modelOrigin,
  proposalOf,
  type ModelOrigin,
  type Opinions,
  type Origin,
} from '../../agents/proposal.ts';
import { readTechnical } from '../../agents/technical.ts';
import type { Forecast, ToolCall } from '../../tools/contract.ts';
import { price, qty } from '../../firewall/proofs/amounts.ts';
import { ScriptedRuntime } from '../support/scripted-runtime.ts';
import { AT, bullish, evidence, json, scopeOf, SYMBOL, upbeat } from './scene.ts';

const transcript = 'b'.repeat(64) as Hash;
const address = {
  desk: 'news-btc',
  strategy: 'news',
  symbol: SYMBOL,
  account: 'paper',
  venue: 'paper',
  network: 'paper',
} as const;
const intent: Intent = {
  why: 'PLAN_LONG',
  side: 'buy',
  qty: qty('0.0499'),
  limitPrice: price('60018'),
  stopPrice: price('59400'),
  targetPrice: price('60600'),
  expectedMove: 9_697 as Ppm,
  confidence: 600_000 as Ppm,
  reduceOnly: false,
  horizonMs: 3_600_000 as SpanMs,
};
const basis = { at: AT, mid: price('60000'), version: 7, evidence: evidence.ids };
const whole = (origin: Origin, ids = evidence.ids): OrderProposal =>
  proposalOf({
    id: 'c'.repeat(32),
    createdAt: (AT + 900) as TimeMs,
    address,
    intent,
    basis: { ...basis, evidence: ids },
    origin,
  });

const forecast: Forecast = {
  modelId: 'price-1',
  artefact: 'd'.repeat(64) as Hash,
  direction: 'up',
  probability: 600_000 as Ppm,
  intervalWidth: 20_000 as Ppm,
  expectedMove: 3_000 as Ppm,
  horizonMs: 1_800_000 as SpanMs,
  expiresAt: (AT + 60_000) as TimeMs,
  outOfDistribution: false,
  dissimilarity: 100_000 as Ppm,
};
const part = (signal: number, weight = 300_000): Contribution => ({
  voice: 'forecast',
  signal,
  weight: weight as Ppm,
});
const opinions: Opinions = {
  sentiment: upbeat,
  texts: 2,
  technical: bullish,
  forecast,
  contributions: [part(200_000)],
};
const origin = (change: Partial<ModelOrigin> = {}): Origin =>
  modelOrigin(address, {
    graphVersion: 'decide-1',
    modelId: 'llama.cpp/tiny@0123456789ab',
    side: 'buy',
    opinions,
    fromChat: false,
    agentCalls: [],
    toolCalls: [],
    transcript,
    ...change,
  });
const opinion = (change: Partial<Opinions>): Origin =>
  origin({ opinions: { ...opinions, ...change } });

describe('a proposal', () => {
  it.each([
    ['of a model', origin()],
    ['of the algorithmic agent', algorithmicOrigin(address, { side: 'buy', transcript })],
  ])('%s is read by the firewall as it was written', (_what, from) => {
    const proposal = whole(from);
    expect(decode(proposalCodec, proposalCodec.write(proposal))).toEqual({
      ok: true,
      value: proposal,
    });
    expect(proposal).toMatchObject({
      type: 'limit',
      tif: 'ioc',
      postOnly: false,
      basisAt: AT,
      createdAt: AT + 900,
      basisVersion: 7,
      transcript,
      horizonMs: 3_600_000,
    });
  });
  it('cites each datum once, and no more than can be read', () => {
    expect(whole(origin(), ['a', 'b', 'a']).evidence).toEqual(['a', 'b']);
    const many = Array.from({ length: 80 }, (_, n) => `news:${n}`);
    expect(whole(origin(), many).evidence).toEqual(many.slice(0, 64));
  });
  it('of a desk with the longest of names still has an agent with a name', () => {
    expect(agentNameOf('algorithmic', 'd'.repeat(64))).toHaveLength(64);
    expect(agentNameOf('model', 'news-btc')).toBe('model-news-btc');
  });
});

describe('the votes', () => {
  const votes = (change: Partial<Opinions>, side: 'buy' | 'sell' = 'buy') =>
    origin({ side, opinions: { ...opinions, ...change } }).votes;
  it('are those of everyone who spoke, whichever way', () => {
    expect(votes({ sentiment: { ...upbeat, direction: 'down' } })).toEqual([
      { agent: 'sentiment', side: 'sell' },
      { agent: 'technical', side: 'buy' },
      { agent: 'planner', side: 'buy' },
    ]);
    expect(votes({ technical: { ...bullish, bias: 'flat' } }, 'sell')).toEqual([
      { agent: 'sentiment', side: 'buy' },
      { agent: 'technical', side: 'none' },
      { agent: 'planner', side: 'sell' },
    ]);
  });
  it('are none of those who had nothing to read or did not answer', () => {
    expect(votes({ texts: 0 }).map(({ agent }) => agent)).toEqual(['technical', 'planner']);
    expect(votes({ sentiment: null, technical: null }).map(({ agent }) => agent)).toEqual([
      'planner',
    ]);
  });
});

describe('the taint', () => {
  it.each([
    ['news', {}, false],
    ['news', { sentiment: { ...upbeat, direction: 'none' as const } }, false],
    ['none', { texts: 0 }, false],
    ['none', { sentiment: null }, false],
    ['chat', {}, true],
    ['chat', { texts: 0 }, true],
  ] as const)('is %s', (taint, change, fromChat) => {
    expect(origin({ opinions: { ...opinions, ...change }, fromChat }).taint).toBe(taint);
  });
  it('is none where the algorithmic agent decided', () => {
    expect(algorithmicOrigin(address, { side: 'sell', transcript })).toMatchObject({
      taint: 'none',
      modelId: null,
      votes: [{ agent: 'algorithmic-news-btc', side: 'sell' }],
    });
  });
});

describe('the price model', () => {
  it('stands behind the order with its own numbers when it had a part', () => {
    const {
      direction: _d,
      expectedMove: _e,
      horizonMs: _h,
      expiresAt: _x,
      ...inference
    } = forecast;
    expect(opinion({}).inference).toEqual(inference);
  });
  it.each([
    ['no forecast', { forecast: null }],
    ['no part', { contributions: [] }],
    ['a part of nothing', { contributions: [part(0)] }],
    ['no weight', { contributions: [part(200_000, 0)] }],
  ])('does not, with %s', (_what, change) => {
    expect(opinion(change).inference).toBeNull();
  });
});

describe('the telemetry', () => {
  it('counts every call, those that failed or mended as well', async () => {
    const runtime = new ScriptedRuntime(['?', json(bullish)]);
    const { calls } = await readTechnical({ symbol: SYMBOL, evidence }, scopeOf(runtime));
    const down: AgentCall = { ...calls[0]!, metrics: null, code: 'RUNTIME_DOWN' };
    const tool = (ok: boolean): ToolCall => ({
      tool: 'candles',
      chosenBy: 'plan',
      input: {},
      answer: ok
        ? { ok, asOf: AT, facts: [], evidence: [], texts: [] }
        : { ok, code: 'TOOL_FAILED', hint: 'x' },
      hash: transcript,
      tookMs: 1,
    });
    const tokens = calls.reduce(
      (sum, { metrics }) => sum + metrics!.promptTokens! + metrics!.answerTokens,
      0,
    );
    expect(tokens).toBeGreaterThan(100);
    expect(
      origin({ agentCalls: [...calls, down], toolCalls: [tool(true), tool(false)] }).telemetry,
    ).toEqual({ steps: 5, tokens, toolErrors: 1 });
  });
});
