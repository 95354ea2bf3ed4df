/** Whatever the models answer, and wherever something breaks: the decision ends, within its budget, and takes no risk that it must not take. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, proposalCodec, type Qty } from '#firewall';
import type { LlamaCppRuntime } from '../../agents/runtimes/llama-cpp.ts';
import { openLlamaCpp } from '../../agents/runtimes/llama-cpp.ts';
import { RUNTIME_CODES } from '../../agents/runtimes/contract.ts';
import type { Decision } from '../../graphs/contract.ts';
import { Decider } from '../../graphs/decider.ts';
import { tinyGguf } from '../support/tiny-gguf.ts';
import { position } from '../tools/world.ts';
import {
  DECISION_ID,
  deskOf,
  GOOD,
  plan,
  sentiment,
  technical,
  type DeskOptions,
  type Line,
} from './desk.ts';

const NEVER = new AbortController().signal;

const line = (good: readonly string[]): fc.Arbitrary<Line> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...RUNTIME_CODES).map((fail) => ({ fail })) },
    { weight: 1, arbitrary: fc.json().map((text) => text) },
    { weight: 1, arbitrary: fc.string().map((cut) => ({ cut })) },
    { weight: 1, arbitrary: fc.string() },
  );
const lines = (...good: readonly string[]) => fc.array(line(good), { minLength: 1, maxLength: 2 });

const script = fc.record({
  sentiment: lines(GOOD.sentiment, sentiment({ direction: 'down' }), sentiment({ items: [] })),
  technical: lines(GOOD.technical, technical({ bias: 'flat', invalidation: 'none' })),
  planner: lines(
    GOOD.planner,
    plan({ action: 'short', stop: 'atr2_above', target: 'atr2_below' }),
    plan({ action: 'exit', stop: 'none', target: 'none' }),
    plan({ action: 'none', stop: 'none', target: 'none' }),
  ),
});
const world = fc.record({
  fallback: fc.constantFrom('algorithmic' as const, 'none' as const),
  calls: fc.integer({ min: 0, max: 7 }),
  tokens: fc.constantFrom(500, 1_500, 20_000),
  held: fc.constantFrom(0n, 10_000_000n, -10_000_000n),
  leave: fc.boolean(),
  unfit: fc.constantFrom(null, null, null, 'MODEL_UNHEALTHY'),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const optionsOf = ({ fallback, calls, tokens, held, leave, unfit }: World): DeskOptions => ({
  rules: { fallback, budget: { calls, tokens, ms: 60_000 } },
  account: { positions: held === 0n ? [] : [position({ qty: held as Qty, leave })] },
  fit: () => unfit,
});

/** What must hold of every decision there can be. */
function sound({ end, proposal, transcript }: Decision, { fallback, calls, held, leave }: World) {
  expect(transcript.calls.length).toBeLessThanOrEqual(Math.min(6, calls));
  expect(proposal === null).toBe(end.kind === 'none');
  // An exit that is due is not up to any model.
  if (held !== 0n && leave) expect(end).toMatchObject({ kind: 'propose', by: 'algorithmic' });
  const trouble = transcript.calls.at(-1)?.code ?? null;
  if (proposal === null) return;
  const written: unknown = JSON.parse(JSON.stringify(proposalCodec.write(proposal)));
  expect(decode(proposalCodec, written)).toMatchObject({ ok: true });
  const newRisk = !proposal.reduceOnly;
  if (newRisk) expect(held).toBe(0n);
  if (newRisk && end.by === 'algorithmic') expect(fallback).toBe('algorithmic');
  if (end.by === 'model') expect(trouble).toBeNull();
  const broke = transcript.troubles.some((code) => code.startsWith('BUDGET_'));
  if (broke) expect(newRisk).toBe(false);
}

test('property: any answers, any budget, any position', async () => {
  await fc.assert(
    fc.asyncProperty(script, world, async (said, given) => {
      const desk = deskOf({ ...optionsOf(given), script: said });
      sound(await new Decider(desk.ports, null).decide(DECISION_ID, NEVER), given);
    }),
    { numRuns: 60 },
  );
});

describe('a part that breaks', () => {
  const { market, account } = deskOf().ports.tools;
  const breaks = (): never => {
    throw new Error('it is gone');
  };
  test.each<[string, DeskOptions['tools'], string]>([
    ['the market’s view', { market: { ...bound(), view: breaks } }, 'BASIS_UNREADABLE'],
    ['the market’s bars', { market: { ...bound(), candles: breaks } }, 'BASIS_UNREADABLE'],
    ['the account', { account: { ...account, account: breaks } }, 'BASIS_UNREADABLE'],
  ])('%s ends it with nothing', async (_, tools, code) => {
    const { ports } = deskOf({ tools: tools ?? {} });
    const { end } = await new Decider(ports, null).decide(DECISION_ID, NEVER);
    expect(end).toEqual({ kind: 'none', by: 'house', code });
  });

  test.each<[string, DeskOptions['tools'], string]>([
    ['the news', { market: { ...bound(), news: breaks } }, 'TOOL_FAILED'],
    [
      'the desk’s own past',
      { account: { account: (at) => account.account(at), recent: breaks } },
      'TOOL_FAILED',
    ],
    ['the price model', { forecast: brokenModel() }, 'TOOL_FAILED'],
  ])('%s is noted, and done without', async (_, tools, code) => {
    const { ports } = deskOf({ tools: tools ?? {} });
    const { end, transcript } = await new Decider(ports, null).decide(DECISION_ID, NEVER);
    expect(end).toMatchObject({ kind: 'propose', by: 'model' });
    expect(transcript.troubles).toContain(code);
  });

  function bound() {
    return {
      symbols: market.symbols,
      view: market.view.bind(market),
      candles: market.candles.bind(market),
      news: market.news.bind(market),
    };
  }
  function brokenModel() {
    return {
      id: 'broken',
      artefact: 'b'.repeat(64) as never,
      timeframeMs: 60_000 as never,
      barsMin: 1,
      forecast: breaks,
      close: () => Promise.resolve(),
    };
  }
});

describe('a real model, of random weights', () => {
  let runtime: LlamaCppRuntime;
  beforeAll(async () => {
    runtime = await openLlamaCpp({
      file: await tinyGguf(),
      threads: 1,
      options: { concurrency: 1, keepAliveMs: null },
    });
  });
  afterAll(() => runtime.close());

  test.each([1, 2])('seed %i: it ends soundly, and the same way twice', async (seed) => {
    const decided = async () => {
      const { ports } = deskOf();
      const model = { ...ports.rules.model, seed, temperature: 1 };
      const rules = { ...ports.rules, model };
      const decider = new Decider({ ...ports, runtime, rules }, null);
      return decider.decide(DECISION_ID, NEVER);
    };
    const [one, two] = [await decided(), await decided()];
    sound(one, {
      fallback: 'algorithmic',
      calls: 6,
      tokens: 20_000,
      held: 0n,
      leave: false,
      unfit: null,
    });
    expect(one.transcript.calls.length).toBeGreaterThan(0);
    expect(one.transcript.calls.every(({ parsed }) => parsed)).toBe(true);
    expect(two.end).toEqual(one.end);
    expect(two.transcript.calls.map(({ raw }) => raw)).toEqual(
      one.transcript.calls.map(({ raw }) => raw),
    );
  });
});
