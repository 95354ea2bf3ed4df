/** A desk that goes by rules: what it sends, how it waits, and that neither a refusal nor a broken queue keeps it in a position. */
import { createPublicKey, verify } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { decode, envelopeCodec, sealedText } from '#firewall';
import { look, type Sight } from '../../agents/algorithmic.ts';
import { protectiveExit } from '../../agents/fallback.ts';
import { RuleDesk } from '../../bin/rule-desk.ts';
import { loadPolicy, SHIPPED_POLICY } from '../../infra/policy-file.ts';
import { limitFacts } from '../../bin/limit-facts.ts';
import { ensureKey } from '../../infra/keys.ts';
import type { AccountSummary } from '../../tools/contract.ts';
import { deskOf, NOW } from '../graphs/desk.ts';
import { position, summary } from '../tools/world.ts';
import { DESK, deskKit, standing, verdict } from './desk-kit.ts';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

type Options = Readonly<{
  account?: Partial<AccountSummary>;
  reckless?: boolean;
  decide?: (sight: Sight) => ReturnType<typeof look>;
}>;
function ruleDesk({ account = {}, reckless = false, decide = look }: Options = {}) {
  const kit = deskKit({ ...DESK, agent: 'algorithmic', reckless });
  const { ports } = deskOf();
  const clock = { at: NOW as number };
  let known = summary(account);
  const desk = new RuleDesk(kit.post, 'paper-1', {
    market: ports.tools.market,
    account: { account: () => known, recent: () => [] },
    now: () => clock.at as typeof NOW,
    decide,
  });
  closing.push(() => {
    kit.diary.close();
    rmSync(kit.root, { recursive: true });
  });
  return {
    ...kit,
    clock,
    desk,
    hold: (changes: Partial<AccountSummary>): void => {
      known = summary(changes);
    },
  };
}
const HELD = position({ leave: true });

describe('what is sent', () => {
  test('is sealed with the desk’s own key, and its reasons are on the disk', async () => {
    const house = ruleDesk();
    expect(await house.desk.round(standing())).toBe(true);
    const [proposal] = house.proposals();
    const reasons = proposal?.transcript ?? null;
    expect(reasons === null ? null : house.transcripts.get(reasons)).toMatchObject({
      desk: 'desk-a',
      why: 'ENTER_TREND',
      closes: expect.any(Array) as unknown,
    });
    expect(proposal?.provenance).toMatchObject({ agent: 'algorithmic-desk-a', modelId: null });
    const envelope = decode(envelopeCodec, house.sent[0]);
    if (!envelope.ok) throw new Error('no envelope');
    const { body, signature, from } = envelope.value;
    const raw = Buffer.from(ensureKey(house.root, 'desk-a'), 'base64');
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    });
    expect(from).toBe('desk-a');
    const sealed = Buffer.from(sealedText('proposal', body));
    expect(verify(null, sealed, key, Buffer.from(signature, 'base64'))).toBe(true);
  });
  test('by a reckless desk is everything that the first door is for', async () => {
    const house = ruleDesk({ reckless: true });
    await house.desk.round(standing());
    expect(house.proposals()[0]).toMatchObject({ stopPrice: null, confidence: 1_000_000 });
    house.clock.at += 14_999;
    const last = verdict(house.proposals()[0]?.id ?? '', 'refused', 'ORDER_NOTIONAL_ABOVE_MAX');
    expect(await house.desk.round(standing(last))).toBe(false);
    house.clock.at += 1;
    expect(await house.desk.round(standing(last))).toBe(true);
  });
});

describe('how it waits', () => {
  test('for its verdict, for a minute at most', async () => {
    const house = ruleDesk();
    await house.desk.round(standing());
    house.clock.at += 60_000;
    expect(await house.desk.round(standing())).toBe(false);
    house.clock.at += 1;
    expect(await house.desk.round(standing())).toBe(true);
    expect(house.diary.recent('desk-a', house.clock.at as typeof NOW, 9)).toContainEqual(
      expect.objectContaining({ verdict: 'none', code: 'UNANSWERED' }),
    );
  });
  test('an approved order is followed by the next look at once', async () => {
    const house = ruleDesk();
    await house.desk.round(standing());
    const said = standing(verdict(house.proposals()[0]?.id ?? '', 'approved'));
    expect(await house.desk.round(said)).toBe(true);
  });
  test('a word about another proposal is no answer', async () => {
    const house = ruleDesk();
    await house.desk.round(standing());
    expect(await house.desk.round(standing(verdict('f'.repeat(32), 'approved')))).toBe(false);
  });
});

describe('leaving', () => {
  test('does not wait for the refusal of an entry to be thought over', async () => {
    const house = ruleDesk();
    await house.desk.round(standing());
    const said = standing(verdict(house.proposals()[0]?.id ?? '', 'refused', 'QUOTE_STALE'));
    expect(await house.desk.round(said)).toBe(false);
    house.hold({ positions: [HELD] });
    expect(await house.desk.round(said)).toBe(true);
    expect(house.proposals()[1]).toMatchObject({ reduceOnly: true, side: 'sell', qty: HELD.qty });
  });
  test('is asked for again soon, when it was refused itself', async () => {
    const house = ruleDesk({ account: { positions: [HELD] } });
    await house.desk.round(standing());
    const said = standing(verdict(house.proposals()[0]?.id ?? '', 'refused', 'QUOTE_STALE'));
    expect(await house.desk.round(said)).toBe(false);
    house.clock.at += 5_000;
    expect(await house.desk.round(said)).toBe(true);
  });
  test('needs no equity that is known, and no entry is made without', async () => {
    const leaving = ruleDesk({ account: { equity: null, positions: [HELD] } });
    expect(await leaving.desk.round(standing())).toBe(true);
    const entering = ruleDesk({ account: { equity: null } });
    expect(await entering.desk.round(standing())).toBe(false);
  });
  test('is all that the rules do beside a model', async () => {
    const flat = ruleDesk({ decide: protectiveExit });
    expect(await flat.desk.round(standing())).toBe(false);
    const held = ruleDesk({ decide: protectiveExit, account: { positions: [HELD] } });
    expect(await held.desk.round(standing())).toBe(true);
    const well = position({ qty: HELD.qty });
    const holding = ruleDesk({ decide: protectiveExit, account: { positions: [well] } });
    expect(await holding.desk.round(standing())).toBe(false);
  });
});

test('a queue that is down is an error for the log, and the reasons are kept', async () => {
  const house = ruleDesk();
  house.breakLane();
  await expect(house.desk.round(standing())).rejects.toThrow('the queue is down');
  const [row] = house.diary.recent('desk-a', NOW, 1);
  expect(
    row?.transcript === null || row === undefined ? null : house.transcripts.get(row.transcript),
  ).not.toBeNull();
});

test('a planner is told the limits that it can heed, in its own market', () => {
  const { policy } = loadPolicy(SHIPPED_POLICY);
  const facts = (symbol: string) =>
    limitFacts(policy, symbol, NOW).map(({ name, value, unit }) => `${name} ${value} ${unit}`);
  expect(facts('BTC/USDT:USDT')).toEqual([
    'limits.confidence_min 20 percent',
    'limits.order_notional_max 5000 money',
    'limits.stop_distance_max 1000 bps',
    'limits.stop_distance_min 20 bps',
  ]);
  expect(facts('SOL/USDT:USDT')).toContain('limits.stop_distance_min 40 bps');
});
