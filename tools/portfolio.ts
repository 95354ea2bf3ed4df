/** What the account is worth, what it holds, and how the desk's own position stands. */
import { z } from 'zod';
import { abs } from '#firewall';
import { moveBps } from './bars.ts';
import type { AccountSummary, Fact, Tool, ToolScope } from './contract.ts';
import { decimal, fixedFact, heardWord, numberFact, sorted, wordFact } from './facts.ts';
import { markOf, worthAt } from './worth.ts';

const input = z.strictObject({});
type Input = z.infer<typeof input>;

const BPS = { unit: 'bps', digits: 1 } as const;
const COUNT = { unit: 'count', digits: 0 } as const;
const PERCENT = { unit: 'percent', digits: 1 } as const;

export const portfolio: Tool<Input> = {
  name: 'portfolio',
  description: 'Equity and exposure of the account, and the desk’s own position with its stop.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    cash: ['money', 'in the account'],
    entry: ['price', 'of the desk’s own position'],
    equity: ['money', 'of the account'],
    exposure: ['money', 'value of all positions, without sign; left out while one is unknown'],
    exposure_share: ['percent', 'the same by equity'],
    gain: ['bps', 'of the own position, in its favour'],
    leave: ['word', 'yes when the firewall’s own stop says to leave'],
    positions: ['count', 'that the account holds'],
    qty: ['quantity', 'of the own position, without sign'],
    side: ['word', 'long, short or flat: the own position'],
    state: ['word', 'what the account may do'],
    stop: ['price', 'of the own position'],
    stop_distance: ['bps', 'left until the stop; below zero it has been passed'],
    working: ['word', 'yes while an own order is on its way'],
  },
  codes: ['ACCOUNT_NOT_KNOWN'],
  async run(_, scope) {
    const account = scope.ports.account.account(scope.now);
    if (account === null)
      return {
        ok: false,
        code: 'ACCOUNT_NOT_KNOWN',
        hint: 'the account is not known; open nothing',
      };
    return {
      ok: true,
      asOf: account.at,
      facts: sorted([...accountFacts(account, scope), ...ownFacts(account, scope)]),
      evidence: [],
      texts: [],
    };
  },
};

/** Money to whole cents, for reading only. */
export const cents = (name: string, value: bigint | null): Fact | null =>
  value === null
    ? null
    : { name, value: decimal(Number(value / 1_000_000n) / 100, 2), unit: 'money' };

/** Unknown as soon as one position's value is unknown. */
function exposureOf(account: AccountSummary, scope: ToolScope): bigint | null {
  let sum = 0n;
  for (const position of account.positions) {
    const mark = markOf(scope, position.symbol);
    const worth = mark === null ? null : worthAt(scope, position, mark);
    if (worth === null) return null;
    sum += abs(worth);
  }
  return sum;
}

function accountFacts(account: AccountSummary, scope: ToolScope): readonly (Fact | null)[] {
  const exposure = exposureOf(account, scope);
  const { equity, cash, positions, state } = account;
  const share =
    exposure === null || equity === null || equity <= 0n
      ? null
      : (Number(exposure) / Number(equity)) * 100;
  return [
    cents('portfolio.cash', cash),
    cents('portfolio.equity', equity),
    cents('portfolio.exposure', exposure),
    numberFact('portfolio.exposure_share', share, PERCENT),
    numberFact('portfolio.positions', positions.length, COUNT),
    heardWord('portfolio.state', state),
  ];
}

function ownFacts(account: AccountSummary, scope: ToolScope): readonly (Fact | null)[] {
  const { symbol, strategy } = scope;
  const own = account.positions.find(
    (position) => position.strategy === strategy && position.symbol === symbol,
  );
  const working = wordFact('portfolio.working', account.working.includes(strategy) ? 'yes' : 'no');
  if (own === undefined || own.qty === 0n) return [wordFact('portfolio.side', 'flat'), working];
  const long = own.qty > 0n;
  const mark = markOf(scope, symbol);
  const toward = (from: bigint | null, to: bigint | null): number | null => {
    const move = moveBps(from === null ? null : Number(from), to === null ? null : Number(to));
    return move === null || long ? move : -move;
  };
  return [
    fixedFact('portfolio.entry', own.entryPrice, 'price'),
    numberFact('portfolio.gain', toward(own.entryPrice, mark), BPS),
    wordFact('portfolio.leave', own.leave ? 'yes' : 'no'),
    fixedFact('portfolio.qty', abs(own.qty), 'quantity'),
    wordFact('portfolio.side', long ? 'long' : 'short'),
    fixedFact('portfolio.stop', own.stopPrice, 'price'),
    // How far the price can still go against the position; below zero the stop has been passed.
    numberFact('portfolio.stop_distance', negated(toward(mark, own.stopPrice)), BPS),
    working,
  ];
}

const negated = (value: number | null): number | null => (value === null ? null : -value);
