/** A review from a person's words to their last one: nothing is submitted but what they saw and approved. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  formatFixed,
  hashOf,
  proposalCodec,
  type OrderProposal,
  type Ppm,
  type Price,
  type SpanMs,
} from '#firewall';
import type { DryVerdict, ReviewPorts, Submitted } from '../../graphs/contract.ts';
import { Reviewer, type Review } from '../../graphs/reviewer.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import type { Shown } from '../../graphs/review-nodes.ts';
import { deskOf, NOW, plan, SYMBOL, type DeskOptions } from './desk.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-review-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;

const NEVER = new AbortController().signal;
const VERDICT: DryVerdict = {
  kind: 'approved',
  codes: [],
  margins: [
    {
      rule: 'E1',
      status: 'pass',
      code: null,
      observed: '3000',
      limit: '50000',
      left: 940_000 as Ppm,
    },
  ],
};

type Options = DeskOptions & Readonly<{ submitted?: Submitted; driftMax?: number }>;

function house(options: Options = {}) {
  const desk = deskOf(options);
  const judged: OrderProposal[] = [];
  const submitted: OrderProposal[] = [];
  let ids = 0;
  const ports: ReviewPorts = {
    ...desk.ports,
    approval: { ageMsMax: 60_000 as SpanMs, driftMax: (options.driftMax ?? 100_000) as Ppm },
    newId: () => (ids += 1).toString(16).padStart(32, '0'),
    dryJudge(proposal) {
      judged.push(proposal);
      return Promise.resolve(VERDICT);
    },
    submit(proposal) {
      submitted.push(proposal);
      return Promise.resolve(options.submitted ?? { ok: true });
    },
  };
  const file = join(dir, `reviews-${(files += 1)}.sqlite`);
  /** A process of its own, as far as memory goes. */
  const reviewer = () => {
    const saver = new SqliteSaver(file);
    onTestFinished(() => saver.close());
    return new Reviewer(ports, saver);
  };
  const say = (said: string) => reviewer().begin('r1', said, NEVER);
  const answer = (said: unknown) => reviewer().answer('r1', said, NEVER);
  return { desk, judged, submitted, reviewer, say, answer };
}

/** Two and a half per cent around the market of the moment. */
function words(action = 'long'): string {
  const book = deskOf().ports.tools.market.view(SYMBOL, NOW, [])?.book;
  const mid = book?.bids[0]?.price ?? (0n as Price);
  const [below, above] = [(mid * 975n) / 1000n, (mid * 1025n) / 1000n].map((price) =>
    formatFixed((price / 100_000_000n) * 100_000_000n),
  );
  const [stop, target] = action === 'long' ? [below, above] : [above, below];
  return `${action} BTC 2 % stop ${stop} target ${target} horizon 4h`;
}

function asking(review: Review): Shown {
  if (review.kind !== 'asking') throw new Error(`it is over: ${JSON.stringify(review.end)}`);
  return review.shown;
}
const over = (review: Review) => (review.kind === 'over' ? review.end : null);

describe('what is shown', () => {
  test('the proposal with the person’s numbers, everyone’s opinion, and every margin', async () => {
    const { say, judged, desk } = house();
    const shown = asking(await say(words()));
    expect(shown).toMatchObject({
      idea: { action: 'long', size: 20_000, horizon: '4h' },
      opinion: { action: 'long' },
      sentiment: { direction: 'up' },
      technical: { bias: 'long' },
      verdict: VERDICT,
      problem: null,
      refused: null,
      at: NOW,
    });
    const [order] = judged;
    expect(order).toMatchObject({
      side: 'buy',
      taint: 'chat',
      horizonMs: 14_400_000,
      stopPrice: expect.anything(),
      provenance: { graphVersion: 'review-1', modelId: 'scripted@aaaaaaaaaaaa' },
      votes: [
        { agent: 'sentiment', side: 'buy' },
        { agent: 'technical', side: 'buy' },
        { agent: 'planner', side: 'buy' },
        { agent: 'person', side: 'buy' },
      ],
    });
    expect(shown.proposalHash).toBe(order === undefined ? null : hashOf(proposalCodec, order));
    expect(desk.runtime.speakers).toEqual(['technical', 'sentiment', 'planner']);
  });

  test('no word of the person reaches a model', async () => {
    const { say, desk } = house();
    await say(words().replace('long', 'LoNg').replace('BTC', 'bTc'));
    expect(JSON.stringify(desk.runtime.asked)).not.toMatch(/LoNg|bTc/);
  });

  test('without a target it is twice as far as the stop, and passed-over words are shown to the person alone', async () => {
    const { say, judged, desk } = house();
    const said = words()
      .replace(/target \S+/, '')
      .replace('BTC', 'BTC into the zenith,');
    const shown = asking(await say(said));
    expect(shown).toMatchObject({
      idea: { target: null },
      unread: ['into', 'the', 'zenith'],
      problem: null,
    });
    const [order] = judged;
    const mid = order?.basisMid ?? 0n;
    const [down, up] = [mid - (order?.stopPrice ?? 0n), (order?.targetPrice ?? 0n) - mid];
    // Both lie on the tick, rounded towards the market.
    expect(up).toBeGreaterThan(2n * down - 40_000_000n);
    expect(up).toBeLessThanOrEqual(2n * down + 40_000_000n);
    expect(JSON.stringify(desk.runtime.asked)).not.toContain('zenith');
    expect(
      JSON.stringify(judged, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('zenith');
  });

  test('a planner that wants something else says so in its vote', async () => {
    const script = { planner: plan({ action: 'none', stop: 'none', target: 'none' }) };
    const { say, judged } = house({ script });
    expect(asking(await say(words())).opinion).toMatchObject({ action: 'none' });
    expect(judged[0]?.votes).toContainEqual({ agent: 'planner', side: 'none' });
  });

  test('models that fail cost their opinion, and the order is still the person’s', async () => {
    const { say, judged } = house({ script: { technical: { fail: 'RUNTIME_DOWN' } } });
    const shown = asking(await say(words()));
    expect(shown).toMatchObject({ technical: null, opinion: null, problem: null });
    expect(shown.troubles).toContain('RUNTIME_DOWN');
    expect(judged).toHaveLength(1);
    const unfit = house({ fit: () => 'MODEL_UNHEALTHY' });
    await unfit.say(words());
    expect(unfit.desk.runtime.asked).toEqual([]);
    expect(unfit.judged[0]?.provenance.modelId).toBeNull();
  });

  test('an idea that makes no order is shown with the reason, and can be edited', async () => {
    const { say, answer, judged } = house();
    const crossed = words('long').replace(/stop (\S+) target (\S+)/, 'stop $2 target $1');
    expect(asking(await say(crossed))).toMatchObject({
      proposal: null,
      proposalHash: null,
      problem: 'BRACKET_CROSSED',
      verdict: null,
    });
    expect(asking(await answer({ answer: 'approve', proposalHash: 'a'.repeat(64) })).refused).toBe(
      'APPROVAL_OF_NOTHING',
    );
    expect(asking(await answer({ answer: 'edit', idea: words() })).problem).toBeNull();
    expect(judged).toHaveLength(1);
  });
});

describe('an end before anyone is asked', () => {
  test.each<[string, string, Options]>([
    ['to the moon', 'IDEA_UNREADABLE', {}],
    ['long DOGE stop 1 target 2', 'IDEA_SYMBOL_UNKNOWN', {}],
    [words(), 'ACCOUNT_UNKNOWN', { account: null }],
    [words(), 'MARKET_NOT_WARM', { warm: false }],
  ])('%s: %s', async (said, code, options) => {
    const { say, submitted } = house(options);
    expect(over(await say(said))).toMatchObject({ kind: 'none', code });
    expect(submitted).toEqual([]);
  });
});

describe('an approval', () => {
  test('submits exactly what was shown, from a later process too, and once', async () => {
    const { say, answer, judged, submitted, reviewer } = house();
    const { proposalHash } = asking(await say(words()));
    expect(await reviewer().find('r1')).toMatchObject({ kind: 'asking', shown: { proposalHash } });
    const review = await answer({ answer: 'approve', proposalHash });
    expect(over(review)).toEqual({ kind: 'submitted', proposalHash });
    expect(submitted).toEqual(judged);
    await answer({ answer: 'approve', proposalHash });
    expect(submitted).toHaveLength(1);
    expect(await reviewer().find('r1')).toMatchObject({ kind: 'over' });
    expect(await reviewer().find('r2')).toBeNull();
  });

  test('of another proposal counts for nothing', async () => {
    const { say, answer, submitted } = house();
    const { proposalHash } = asking(await say(words()));
    const again = asking(await answer({ answer: 'approve', proposalHash: 'b'.repeat(64) }));
    expect(again).toMatchObject({ refused: 'APPROVAL_OF_ANOTHER', proposalHash });
    expect(submitted).toEqual([]);
    expect(over(await answer({ answer: 'approve', proposalHash }))?.kind).toBe('submitted');
  });

  test.each([
    ['in time', 60_000, 'submitted'],
    ['a moment late', 60_001, 'APPROVAL_LATE'],
    ['with a clock that was set back', -60_001, 'APPROVAL_LATE'],
  ])('%s', async (_, afterMs, expected) => {
    const { say, answer, desk, submitted } = house();
    const first = asking(await say(words()));
    desk.clock.at += afterMs;
    const review = await answer({ answer: 'approve', proposalHash: first.proposalHash });
    if (expected === 'submitted') return expect(over(review)?.kind).toBe('submitted');
    const fresh = asking(review);
    expect(fresh).toMatchObject({ refused: expected, at: NOW + afterMs });
    expect(fresh.proposalHash).not.toBe(first.proposalHash);
    expect(submitted).toEqual([]);
    // The old hash is dead, the fresh one lives.
    const old = asking(await answer({ answer: 'approve', proposalHash: first.proposalHash }));
    expect(old.refused).toBe('APPROVAL_OF_ANOTHER');
    const done = await answer({ answer: 'approve', proposalHash: fresh.proposalHash });
    expect(over(done)?.kind).toBe('submitted');
    return expect(submitted.map(({ id }) => id)).toEqual(['2'.padStart(32, '0')]);
  });

  test('after the market moved is of another market', async () => {
    const { say, answer, desk, submitted } = house({ driftMax: 0 });
    const first = asking(await say(words()));
    desk.clock.at += 30_000;
    const fresh = asking(await answer({ answer: 'approve', proposalHash: first.proposalHash }));
    expect(fresh.refused).toBe('MARKET_MOVED');
    expect(submitted).toEqual([]);
    const done = await answer({ answer: 'approve', proposalHash: fresh.proposalHash });
    expect(over(done)?.kind).toBe('submitted');
  });

  test('that the first door refuses ends with its code', async () => {
    const { say, answer } = house({ submitted: { ok: false, code: 'LANE_CLOSED' } });
    const { proposalHash } = asking(await say(words()));
    expect(over(await answer({ answer: 'approve', proposalHash }))).toMatchObject({
      kind: 'none',
      code: 'LANE_CLOSED',
    });
  });
});

describe('other answers', () => {
  test.each([
    [null],
    ['yes'],
    [{ answer: 'approve' }],
    [{ answer: 'approve', proposalHash: 'yes' }],
    [{ answer: 'approve', proposalHash: 'a'.repeat(64), size: 'double' }],
    [{ answer: 'edit', idea: 'to the moon' }],
    [{ answer: 'edit', idea: { action: 'long' } }],
  ])('%j is no answer: the same is asked again', async (said) => {
    const { say, answer, submitted, judged } = house();
    const first = asking(await say(words()));
    const again = asking(await answer(said));
    expect(again).toEqual({ ...first, refused: 'ANSWER_UNREADABLE' });
    expect(judged).toHaveLength(1);
    expect(submitted).toEqual([]);
  });

  test('a drop ends it', async () => {
    const { say, answer, submitted } = house();
    await say(words());
    expect(over(await answer({ answer: 'drop' }))).toMatchObject({ code: 'REVIEW_DROPPED' });
    expect(submitted).toEqual([]);
  });

  test('an edit is looked at afresh, with models asked again and a purse of its own', async () => {
    const { say, answer, desk, judged } = house({
      rules: { budget: { calls: 3, tokens: 20_000, ms: 60_000 } },
    });
    const first = asking(await say(words()));
    if (first.idea === null) throw new Error('no idea');
    const idea = { ...first.idea, size: 10_000 };
    const fresh = asking(await answer({ answer: 'edit', idea }));
    expect(fresh).toMatchObject({ idea, refused: null, troubles: [] });
    expect(fresh.proposalHash).not.toBe(first.proposalHash);
    expect(desk.runtime.speakers).toHaveLength(6);
    expect(judged.map(({ qty }) => qty > 0n)).toEqual([true, true]);
    expect((judged[0]?.qty ?? 0n) > (judged[1]?.qty ?? 0n)).toBe(true);
  });
});
