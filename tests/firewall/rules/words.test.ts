/** Every word of every rule's answer to a few cases: what it saw, its limit, and what it says. `vitest --update` writes them anew. */
import { describe, expect, test } from 'vitest';
import { formatFixed, RULES, unseen, type Case, type Check, type Rule } from '#firewall';
import { factsOf } from '../../../firewall/facts.ts';
import { answer } from '../../../firewall/judge.ts';
import { limitsAt } from '../../../firewall/policy.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withDecision,
  withMarket,
  withOrder,
  withPosition,
  withRuntime,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { PROVERS } from '../../../firewall/proofs.ts';
import { defaultPolicy } from '../policy-fixture.ts';

const policy = defaultPolicy();
const base = baseCase(policy);
const nothing = <T extends object>(view: T): T =>
  Object.fromEntries(Object.entries(view).map(([key]) => [key, null])) as T;
const { equity, cash, free, marginUsed, maintenance, positions, working, ...told } = base.account;
const { marks, day, decisions, trades, fills, flow, decidedBefore, unexplained } = told;
const { latches, locks, modes, desks, models, blackouts } = base.controls;

const CASES: Readonly<Record<string, Case>> = {
  buy: base,
  sell: sellCase(policy),
  exit: exitCase(policy),
  cancel: withCancel(base),
  'at market': withOrder(base, { type: 'market', limitPrice: null }),
  resting: withOrder(base, { tif: 'gtc', stopPrice: null, targetPrice: null, inference: null }),
  busy: withDecision(withWorking(withPosition(base))),
  'no market': withMarket(base, unseen(base.market.symbol, base.market.asOf)),
  'no account': withAccount(base, {
    ...nothing({ equity, cash, free, marginUsed, maintenance, positions, working }),
    ...nothing({ marks, day, decisions, trades, fills, flow, decidedBefore, unexplained }),
    strategies: {},
  }),
  'no controls': withControls(base, nothing({ latches, locks, modes, desks, models, blackouts })),
  'no house': withRuntime(base, nothing(base.controls.runtime)),
};

const spelled = (value: Check['observed']): string =>
  typeof value === 'bigint' ? formatFixed(value) : `${value}`;
function wordsOf({ status, code, observed, limit, maxQty, note, retryAfterMs }: Check): string {
  const words = [status, code, spelled(observed), 'of', spelled(limit)];
  if (maxQty !== null) words.push(`at most ${formatFixed(maxQty)}`);
  if (retryAfterMs !== null) words.push(`again in ${retryAfterMs} ms`);
  if (note !== null) words.push(`(${note})`);
  return words.filter((word) => word !== null).join(' ');
}

function linesOf(rule: Rule, index: number): readonly string[] {
  const { passes, refuses } = PROVERS[rule.id]?.(policy) ?? {};
  const proved = {
    ...(passes === undefined ? {} : { 'at its limit': passes }),
    ...(refuses === undefined ? {} : { 'past its limit': refuses }),
  };
  return Object.entries({ ...CASES, ...proved }).map(([name, c]) => {
    const limits = limitsAt(c.policy, c.now)[index];
    const facts = factsOf(c);
    const check = answer(rule, facts, limits);
    const effect = check.code === rule.code ? rule.effect(facts, limits ?? {}, rule) : null;
    const after =
      effect === null
        ? ''
        : ` then ${effect.kind} ${effect.scope} ${effect.key} ${
            effect.kind === 'latch' ? effect.state : `until ${effect.until ?? 'a human ends it'}`
          }`;
    return `${rule.id} ${name}: ${wordsOf(check)}${after}`;
  });
}

describe.each([...new Set(RULES.map(({ id }) => id[0] ?? ''))])('family %s', (letter) => {
  test('answers in these words', async () => {
    const lines = RULES.flatMap((rule, index) =>
      rule.id.startsWith(letter) ? linesOf(rule, index) : [],
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../../vectors/checks/${letter}.txt`);
  });
});
