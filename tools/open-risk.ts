/** What would be lost if every stop were hit now. */
import { z } from 'zod';
import type { AccountSummary, Tool, ToolScope } from './contract.ts';
import { numberFact, sorted } from './facts.ts';
import { cents } from './portfolio.ts';
import { markOf, worthAt } from './worth.ts';

const input = z.strictObject({});
type Input = z.infer<typeof input>;

const COUNT = { unit: 'count', digits: 0 } as const;
const PERCENT = { unit: 'percent', digits: 2 } as const;

export const openRisk: Tool<Input> = {
  name: 'open_risk',
  description: 'Loss if every stop were hit now, in money and as a share of equity.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    loss: ['money', 'if every stop were hit; left out while one is unknown'],
    loss_share: ['percent', 'the same by equity'],
    own_loss: ['money', 'the part of the desk’s own position'],
    unbounded: ['count', 'positions without a stop, or of unknown value'],
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
    const { equity, positions } = account;
    const own = positions.filter(
      ({ strategy, symbol }) => strategy === scope.strategy && symbol === scope.symbol,
    );
    const [all, ours] = [riskOf(positions, scope), riskOf(own, scope)];
    const share =
      all.loss === null || equity === null || equity <= 0n
        ? null
        : (Number(all.loss) / Number(equity)) * 100;
    return {
      ok: true,
      asOf: account.at,
      facts: sorted([
        cents('open_risk.loss', all.loss),
        numberFact('open_risk.loss_share', share, PERCENT),
        cents('open_risk.own_loss', ours.loss),
        numberFact('open_risk.unbounded', all.unbounded, COUNT),
      ]),
      evidence: [],
      texts: [],
    };
  },
};

type Risk = Readonly<{
  /** Null as soon as one position's loss is not known. */
  loss: bigint | null;
  /** Positions without a stop, or of unknown value. */
  unbounded: number;
}>;

function riskOf(positions: AccountSummary['positions'], scope: ToolScope): Risk {
  let loss = 0n;
  let unbounded = 0;
  for (const position of positions) {
    if (position.qty === 0n) continue;
    const mark = markOf(scope, position.symbol);
    const against =
      mark === null || position.stopPrice === null
        ? null
        : worthAt(scope, position, mark - position.stopPrice);
    if (against === null) unbounded += 1;
    // A stop that locks a gain in does not pay for another's loss.
    else if (against > 0n) loss += against;
  }
  return { loss: unbounded === 0 ? loss : null, unbounded };
}
