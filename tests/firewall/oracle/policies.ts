/** The policies under which the oracle is asked: the shipped one, and others that are stricter, looser, odd or changed for a while. */
import type { Policy } from '#firewall';
import { policyDocument, policyOf, policyWith } from '../policy-fixture.ts';

const why = 'a test of the oracle';

function temporary(): Policy {
  const document = policyDocument();
  const change = (until: string, set: Readonly<Record<string, unknown>>) => ({
    until,
    by: 'ana',
    why,
    set,
  });
  document.temporary = {
    // The world of the proofs stands still at 2026-11-21T09:30:00Z.
    'E2-order-notional': [
      change('2026-11-21T09:30:00Z', { notionalMax: 1 }),
      change('2026-11-21T09:29:59Z', { notionalMax: 2 }),
    ],
    'E3-order-share': [change('2026-11-21T09:30:01Z', { shareMax: '0.6 %' })],
    'E6-position-value': [
      change('2026-11-22T00:00:00Z', { shareMax: { default: '1 %', by: {} } }),
      change('2026-11-23T00:00:00Z', { shareMax: { default: '2 %', by: {} } }),
      change('2026-11-21T00:00:00Z', { shareMax: { default: '0 %', by: {} } }),
    ],
    'F11-submit-rate': [
      change('2026-11-21T09:31:00Z', { accountMax: 2, agentMax: 1, strategyMax: 2 }),
    ],
    'F21-blackout': [change('2026-11-21T09:30:01Z', { weekendsOpen: false })],
  };
  return policyOf(document);
}

const strict = (): Policy =>
  policyWith({
    'A6-order-lifetime': { openEnded: false },
    'B9-short-and-margin': { shortAllowed: false },
    'C8-depth': { multiple: 0 },
    'D3-market-order': { allowed: true },
    'E7-gross-exposure': { shareMax: '3 %' },
    'E8-net-exposure': { assetMax: { default: '1 %', by: { BTC: '2 %' } }, totalMax: '2.5 %' },
    'E9-cluster-exposure': { shareMax: { default: '1 %', by: { majors: '2.7 %' } } },
    'E10-open-positions': { totalMax: 3, sideMax: 2, strategyMax: 2 },
    'E11-entries-per-position': { entriesMax: 2, mayAverageDown: ['trend'] },
    'E12-leverage-and-margin': { leverageMax: 1 },
    'E15-cash-reserve': { reserveMin: '99 %', assetBudget: { default: 2000, by: { BTC: 2500 } } },
    'E17-stress-loss': { lossMax: '0.4 %' },
    'E18-settlement-asset': { exposureMax: { default: '1 %', by: { USDT: '3 %' } } },
    'E20-strategy-allotment': { capitalMax: { default: 1000, by: { trend: 2500 } } },
    'F10-trade-count': { accountMax: 3, symbolMax: 2, strategyMax: 2 },
    'F11-submit-rate': { accountMax: 3, strategyMax: 2, agentMax: 2, reducingMax: 1 },
    'F20-flip-flop': { reversalsMax: 1 },
    'F21-blackout': { weekendsOpen: false },
    'G7-agent-budget': { proposalsMax: 3 },
    'G8-evidence': { citedMin: 2 },
    'I2-round-trip': { roundTripsMax: 1 },
  });

const loose = (): Policy =>
  policyWith({
    'A5-bracket-geometry': { distanceMin: '0 %', distanceMax: '95 %' },
    'A10-order-duplicate': { twinsMax: 1 },
    'D3-market-order': { allowed: true },
    'D6-stop-distance': { distanceMin: { default: '0 %', by: {} } },
    'E1-order-quantity': { qtyMax: { 'BTC/USDT:USDT': 40, 'BTC/USDT': 40, 'BTC/EUR': 40 } },
    'E2-order-notional': { notionalMax: 500_000 },
    'E3-order-share': { shareMax: '400 %' },
    'E4-trade-risk': { riskMax: '80 %' },
    'E6-position-value': { shareMax: { default: '300 %', by: {} } },
    'E7-gross-exposure': { shareMax: '500 %' },
    'E8-net-exposure': { assetMax: { default: '300 %', by: {} }, totalMax: '500 %' },
    'E9-cluster-exposure': { shareMax: { default: '300 %', by: {} } },
    'E10-open-positions': { totalMax: 60, sideMax: 60, strategyMax: 60 },
    'E12-leverage-and-margin': { leverageMax: 25 },
    'E13-liquidation-distance': { buffer: '0.1 %', maintenanceMax: '60 %' },
    'E15-cash-reserve': { reserveMin: '0 %', assetBudget: { default: 900_000, by: {} } },
    'E17-stress-loss': { lossMax: '90 %' },
    'E18-settlement-asset': {
      balanceMax: { default: '500 %', by: {} },
      exposureMax: { default: '500 %', by: {} },
    },
    'E20-strategy-allotment': { capitalMax: { default: 900_000, by: {} } },
    'F19-turnover': { turnoverMax: 900_000, feesMax: 2000 },
    'G6-quorum': { votesMin: { default: 0, by: {} }, transcriptRequired: false },
    'B1-symbol-universe': { universe: ['BTC/USDT:USDT', 'BTC/USDT', 'BTC/EUR'] },
  });

const odd = (): Policy =>
  policyWith({
    'B1-symbol-universe': { restricted: ['ETH/USDT:USDT', 'BTC/USDT'] },
    'B12-routing': {
      routes: [
        { account: 'main', venue: 'paper', network: 'main', strategies: ['trend', 'carry'] },
        { account: 'main', venue: 'paper', network: 'paper', strategies: ['carry', 'trend'] },
      ],
    },
    'C3-spread': { medianMultiple: 0, medianFloor: '0 %' },
    'E17-stress-loss': {
      scenarios: [{ name: 'still', shock: { default: '0 %', by: { ETH: '-50 %', SOL: '70 %' } } }],
    },
    'E21-edge-over-cost': { marginMin: '0.0001 %' },
    'F13-order-to-trade': { messagesMin: 0, messagesPerFillMax: 2 },
    'G1-model-drift': { inferenceRequiredFor: ['trend'] },
    'G9-taint': { votesMin: 1 },
    'I3-layering': { ordersMin: 0, farOrdersMax: 0 },
  });

const none = (): Policy =>
  policyWith({
    'E17-stress-loss': { scenarios: [] },
    'F11-submit-rate': { accountMax: 0, reducingMax: 0 },
  });

export const POLICIES: readonly Readonly<{ name: string; policy: Policy }>[] = [
  { name: 'shipped', policy: policyWith({}) },
  { name: 'temporary', policy: temporary() },
  { name: 'strict', policy: strict() },
  { name: 'loose', policy: loose() },
  { name: 'odd', policy: odd() },
  { name: 'none', policy: none() },
];
