/** Standing of strategies, slippage, order flow, windows of the policy: what the fold keeps beside money and positions. */
import { describe, expect, test } from 'vitest';
import { DAY_MS, encodePolicy, RULES, type Money, type Price, type Reference } from '#firewall';
import { SYMBOL } from '../../firewall/proofs/amounts.ts';
import { baseMarket, baseOrder } from '../../firewall/proofs/views.ts';
import { accountView } from '../../ledger/account-view-of.ts';
import type { LedgerEvent } from '../../ledger/contract.ts';
import { NO_HASH } from '../../ledger/head-anchor.ts';
import { velocityAt, WINDOWS, windowsOf, windowsOfDocument } from '../../ledger/windows.ts';
import { defaultPolicy, policyDocument, policyOf, policyWith } from '../firewall/policy-fixture.ts';
import { DESKS } from '../gate/world.ts';
import {
  at,
  coins,
  decided,
  deposit,
  dollars,
  fill,
  foldAccount,
  opened,
  order,
  outcome,
  priced,
} from './history.ts';

const marksAt = (price: Price): Readonly<Record<string, Reference>> => ({
  [SYMBOL]: { price, at: at(0) },
});
const view = (events: readonly LedgerEvent[], price = priced(60_000), now = at(10_000)) =>
  accountView(foldAccount(events), { now, marks: marksAt(price), head: NO_HASH, proposal: null });

const START = [opened, deposit(100_000)];
const buy = decided(order({ qty: coins(2) }));
const opening = fill(buy, { qty: coins(1), price: priced(60_000), fee: dollars(10) });
const resumed = (scope: 'strategy' | 'account', key: string): LedgerEvent => ({
  kind: 'resumed',
  at: at(9_000),
  scope,
  key,
  by: 'ada',
  reason: 'looked',
});
const configured: LedgerEvent = {
  kind: 'configured',
  at: at(0),
  policy: encodePolicy(defaultPolicy(), RULES),
  policyHash: defaultPolicy().hash,
  desks: DESKS,
  models: [],
  blackouts: [],
  modes: [],
  build: 'b1',
};

describe('strategies', () => {
  test('every registered one has a standing, and an equal share of the capital', () => {
    const { strategies } = view([opened, configured, deposit(100_000)]);
    expect(strategies).toEqual(
      Object.fromEntries(
        ['trend', 'carry'].map((name) => [
          name,
          {
            exposure: 0n,
            profit: 0n,
            profitPeak: 0n,
            capital: dollars(50_000),
            fillsWithoutHuman: 0,
          },
        ]),
      ),
    );
  });

  test('exposure is the worst of both sides, working orders included', () => {
    const { strategies } = view([...START, buy, opening]);
    expect(strategies['trend']).toMatchObject({ exposure: dollars(120_000) });
    const sell = decided(order({ side: 'sell', qty: coins(4) }));
    const { strategies: hedged } = view([...START, buy, opening, sell]);
    // Two long at most, three short at worst.
    expect(hedged['trend']).toMatchObject({ exposure: dollars(180_000) });
  });

  test('profit counts fees and open profit; its peak is kept by marks', () => {
    const marked: LedgerEvent = {
      kind: 'marked',
      at: at(5_000),
      equity: dollars(100_990),
      marks: { [SYMBOL]: priced(61_000) },
    };
    const events = [...START, buy, opening, marked];
    expect(view(events, priced(59_000)).strategies['trend']).toMatchObject({
      profit: dollars(-1_010),
      profitPeak: dollars(990),
    });
    const after = view([...events, resumed('strategy', 'carry')], priced(59_000));
    expect(after.strategies['trend']?.profitPeak).toBe(dollars(990));
    expect(after.positions?.[0]?.profitPeak).toBe(dollars(1_000));
  });

  test('fills without a human are counted until one acts on the strategy or the account', () => {
    const count = (more: LedgerEvent[]) =>
      view([...START, buy, opening, ...more]).strategies['trend']?.fillsWithoutHuman;
    expect(count([])).toBe(1);
    expect(count([resumed('strategy', 'carry')])).toBe(1);
    expect(count([resumed('strategy', 'trend')])).toBe(0);
    expect(count([resumed('account', 'main')])).toBe(0);
    const held = decided(order(), { kind: 'held' });
    const consent: LedgerEvent = {
      kind: 'consented',
      at: at(1),
      approval: { proposalHash: held.proposalHash, by: 'ada', at: at(1), expiresAt: at(9) },
    };
    expect(count([held, consent])).toBe(0);
  });

  test('funding goes to those who hold, by what they hold', () => {
    const carry = decided(
      order({ qty: coins(3), provenance: { ...baseOrder.provenance, strategy: 'carry' } }),
    );
    const funding: LedgerEvent = {
      kind: 'cash',
      at: at(3_000),
      id: 'f1',
      amount: dollars(-4),
      reason: 'funding',
      symbol: SYMBOL,
    };
    const full = fill(carry, { qty: coins(3), price: priced(60_000) });
    const { strategies, cash } = view([
      ...START,
      buy,
      { ...opening, fee: 0n as Money },
      carry,
      full,
      funding,
    ]);
    expect(strategies['trend']?.profit).toBe(dollars(-1));
    expect(strategies['carry']?.profit).toBe(dollars(-3));
    expect(cash).toBe(dollars(99_996));
  });
});

describe('order flow', () => {
  test('rejections in a row, ended by an acknowledgement or a human', () => {
    const second = decided(order());
    const rejected = [outcome(buy, 'rejected', 1), outcome(second, 'rejected', 2)];
    const streak = (more: LedgerEvent[]) =>
      view([...START, buy, second, ...more]).flow?.rejectStreak;
    expect(streak(rejected)).toBe(2);
    const third = decided(order());
    expect(streak([...rejected, third, outcome(third, 'acked', 3)])).toBe(0);
    expect(streak([...rejected, resumed('account', 'main')])).toBe(0);
  });

  test('slippage is the realised less the modelled cost, averaged over about eight fills', () => {
    const excess = (price: Price, liquidity: 'maker' | 'taker' = 'taker') =>
      view([...START, buy, { ...opening, price, liquidity }]).flow?.slippageExcess ?? 0;
    const mid = priced(59_999.75);
    // One per cent worse than the middle, an eighth of it at once, less what the model expects.
    expect(excess(((mid * 101n) / 100n) as Price)).toBeGreaterThan(1_000);
    expect(excess(((mid * 101n) / 100n) as Price)).toBeLessThanOrEqual(1_250);
    expect(excess(mid)).toBeLessThan(0);
    expect(excess(((mid * 101n) / 100n) as Price, 'maker')).toBe(0);
    const blind = { ...buy, market: { ...baseMarket, book: null } };
    expect(view([...START, blind, opening]).flow?.slippageExcess).toBe(0);
  });

  test("the day's counters count orders, fills, turnover and fees, and start again at midnight", () => {
    const { day, flow } = view([...START, buy, opening]);
    expect(day).toMatchObject({
      ordersByAccount: 1,
      ordersBySymbol: { [SYMBOL]: 1 },
      ordersByStrategy: { trend: 1 },
      turnover: dollars(60_000),
      fees: dollars(10),
    });
    expect(flow?.fillsBySymbolToday).toEqual({ [SYMBOL]: 1 });
    const tomorrow = view([...START, buy, opening], priced(60_000), at(DAY_MS));
    const backAgain = view([...START, buy, opening], priced(60_000), at(-DAY_MS));
    expect(backAgain.day).toMatchObject({ ordersByAccount: 1 });
    expect(backAgain.day?.day).toBe(Math.floor(at(-DAY_MS) / DAY_MS));
    expect(tomorrow.day).toMatchObject({ ordersByAccount: 0, turnover: 0n, fees: 0n });
    expect(tomorrow.flow?.fillsBySymbolToday).toEqual({});
  });
});

describe('windows', () => {
  const window = (value: string) => policyWith({ 'F4-loss-velocity': { window: value } });

  test('follow the policy, and never fall below two days', () => {
    expect(windowsOf(defaultPolicy()).recentMs).toBeGreaterThanOrEqual(WINDOWS.recentMs);
    expect(windowsOf(window('9 d')).recentMs).toBe(9 * DAY_MS);
    expect(windowsOf(window('7 min')).velocityMs).toBe(7 * 60_000);
    expect(velocityAt(windowsOf(window('7 min')), at(0))).toBe(7 * 60_000);
  });

  test('a temporary change is in them while it lasts', () => {
    const document = policyDocument();
    const changed = policyOf({
      ...document,
      temporary: {
        'F4-loss-velocity': [
          { until: '2026-12-01T00:00:00Z', by: 'ada', why: 'a test', set: { window: '3 h' } },
        ],
      },
    });
    const windows = windowsOf(changed);
    expect(windows.velocityMs).toBe(3 * 3_600_000);
    expect(velocityAt(windows, at(0))).toBe(3 * 3_600_000);
    expect(velocityAt(windows, at(30 * DAY_MS))).toBe(windowsOf(defaultPolicy()).velocityMs);
  });

  test('what is no policy of this build gets the widest', () => {
    expect(windowsOfDocument({ nonsense: true })).toBe(WINDOWS);
    expect(velocityAt(WINDOWS, at(0))).toBe(WINDOWS.velocityMs);
  });
});
