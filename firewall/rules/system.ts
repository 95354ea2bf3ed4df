/** Family H: the state of the house. Nothing here can be overridden by an agent. */
import { EXIT_ASKED, EXIT_OPEN, exitAsked, latch, latchesAccount } from '../effects.ts';
import type { Facts } from '../facts.ts';
import { reasonOf, stateOf } from '../modes.ts';
import {
  atMost,
  demand,
  fail,
  missing,
  na,
  pass,
  rule,
  type Rule,
  type RuleText,
} from '../rule.ts';
import { counted, money, span } from '../policy-values.ts';
import { abs } from '../units.ts';
import type { Check } from '../verdict.ts';

const tradingState = rule({
  id: 'H1',
  name: 'trading-state',
  code: 'TRADING_STATE_CLOSED',
  title:
    'The strictest state over the order allows it: reduce-only lets reducing orders through, cancel-only nothing, halted only an exit that a human asked for.',
  unit: 'code',
  bound: 'none',
  params: {},
  evaluate(facts, _limits, self) {
    const state = stateOf(facts.case);
    if (state === null) return missing(self, 'the latches and locks');
    const open =
      state === 'ACTIVE' ||
      (state === 'REDUCE_ONLY' && facts.reducing) ||
      (state === 'HALTED' && exitAsked(facts));
    return open
      ? pass(self, state, 'ACTIVE')
      : fail(self, state, 'ACTIVE', null, reasonOf(facts.case, state));
  },
});

const accountFreshness = rule({
  id: 'H2',
  name: 'account-freshness',
  code: 'ACCOUNT_STALE',
  title:
    'The account view is recent and whole: equity, cash, positions and working orders are known.',
  unit: 'ms',
  bound: 'max',
  params: { ageMax: span('up') },
  evaluate({ account, now, reducing }, { ageMax }, self) {
    const { asOf, equity, cash, free, positions, working } = account;
    if (positions === null || working === null)
      return missing(self, 'positions and working orders');
    // An exit needs to know what is held, not what it is worth.
    if (!reducing && (equity === null || cash === null || free === null))
      return missing(self, 'equity and cash');
    const age = now - asOf;
    return age >= 0 ? atMost(self, age, ageMax) : fail(self, age, ageMax, null, 'from the future');
  },
});

const reconciled = rule({
  id: 'H3',
  name: 'reconciliation',
  code: 'RECONCILIATION_NOT_CLEAN',
  title: "Our positions, balances and orders were found equal to the venue's, and not long ago.",
  unit: 'ms',
  bound: 'max',
  breach: 'reduce-only',
  params: { ageMax: span('up'), haltAfter: span('up') },
  evaluate({ case: { controls }, now, reducing }, { ageMax }, self) {
    const { reconciliation } = controls.runtime;
    if (reducing) return na(self, EXIT_OPEN);
    if (reconciliation === null) return missing(self, 'the reconciliation');
    // A check in the future has not happened, however recent it looks.
    const age = Math.abs(now - reconciliation.checkedAt);
    return reconciliation.status === 'clean'
      ? atMost(self, age, ageMax)
      : fail(self, age, ageMax, null, reconciliation.status);
  },
  /** A mismatch tightens at once; one that lasts, or an answer that never comes, halts. A late check only refuses. */
  effect({ account, case: { controls }, now }, { haltAfter }, self) {
    const { reconciliation } = controls.runtime;
    if (reconciliation === null || reconciliation.status === 'clean') return null;
    if (!(now - reconciliation.since <= haltAfter))
      return latch(self, 'account', account.account, 'HALTED');
    return reconciliation.status === 'mismatch'
      ? latch(self, 'account', account.account, 'REDUCE_ONLY')
      : null;
  },
});

const unresolved = rule({
  id: 'H4',
  name: 'unresolved-order',
  code: 'ORDER_UNRESOLVED',
  title: 'No order of the symbol has an unknown outcome.',
  unit: 'count',
  bound: 'max',
  params: {},
  evaluate({ account, proposal, case: { controls } }, _limits, self) {
    const { working } = account;
    const { unresolved: symbols } = controls.runtime;
    if (working === null || symbols === null) return missing(self, 'the orders without an outcome');
    let count = symbols.includes(proposal.symbol) ? 1 : 0;
    for (const order of working)
      if (order.symbol === proposal.symbol && order.state === 'unknown') count += 1;
    return atMost(self, count, 0);
  },
});

const connectivity = rule({
  id: 'H5',
  name: 'connectivity',
  code: 'STREAM_DOWN',
  title:
    "The public and the private stream spoke recently, and the venue's dead-man switch is armed where it has one.",
  unit: 'ms',
  bound: 'max',
  params: { silenceMax: span('up') },
  evaluate({ case: { controls }, now, reducing }, { silenceMax }, self) {
    const { publicStreamAt, privateStreamAt, deadManArmed } = controls.runtime;
    if (reducing) return na(self, EXIT_OPEN);
    if (publicStreamAt === null || privateStreamAt === null) return missing(self, 'the streams');
    // Words from the future have not been spoken: they may not stand for those of the next hours.
    const silence = Math.max(Math.abs(now - publicStreamAt), Math.abs(now - privateStreamAt));
    if (deadManArmed === false)
      return fail(self, silence, silenceMax, null, 'the dead-man switch is not armed');
    return atMost(self, silence, silenceMax);
  },
});

const auditDurable = rule({
  id: 'H6',
  name: 'audit-durable',
  code: 'AUDIT_NOT_DURABLE',
  title: 'The record of this decision can be made durable before anything leaves.',
  unit: 'flag',
  bound: 'none',
  cancels: true,
  params: {},
  evaluate({ case: { controls } }, _limits, self) {
    const { auditDurable: durable } = controls.runtime;
    if (durable === null) return missing(self, 'the state of the journal');
    return demand(self, durable, durable, true);
  },
});

const limitsValid = rule({
  id: 'H7',
  name: 'limits-valid',
  code: 'POLICY_NOT_APPROVED',
  title: 'The policy in use is, to the hash, the one that an operator approved.',
  unit: 'code',
  bound: 'none',
  cancels: true,
  params: {},
  evaluate({ case: { controls, policy } }, _limits, self) {
    const { policyApproved } = controls.runtime;
    if (policyApproved === null) return missing(self, 'the approved policy');
    return demand(self, policyApproved === policy.hash, policy.hash, policyApproved);
  },
});

const liveArmed = rule({
  id: 'H8',
  name: 'live-arming',
  code: 'NETWORK_NOT_ARMED',
  title: 'A real network was armed for this account by a named human, and the arm has not ended.',
  unit: 'ms',
  bound: 'max',
  params: { armMax: span('up') },
  evaluate({ proposal, now, case: { controls } }, { armMax }, self) {
    if (proposal.network === 'paper') return na(self, 'paper needs no arm');
    let tooLong: number | null = null;
    for (const arm of controls.arms) {
      if (arm.network !== proposal.network || arm.account !== proposal.account) continue;
      const left = arm.expiresAt - now;
      if (left > 0 && left <= armMax) return pass(self, left, armMax);
      if (left > armMax) tooLong = left;
    }
    return fail(self, tooLong, armMax, null, tooLong === null ? 'not armed' : 'armed for too long');
  },
});

const balanceAnomaly = rule({
  id: 'H9',
  name: 'balance-anomaly',
  code: 'BALANCE_UNEXPLAINED',
  title: 'No balance has changed without an explanation, and none was ever contradictory.',
  unit: 'money',
  bound: 'max',
  breach: 'halt',
  params: { unexplainedMax: money('up') },
  evaluate(facts, { unexplainedMax }, self) {
    const { unexplained, equityFault } = facts.account;
    if (exitAsked(facts)) return na(self, EXIT_ASKED);
    if (equityFault)
      return fail(self, unexplained, unexplainedMax, null, 'a contradictory balance');
    if (unexplained === null) return missing(self, 'the unexplained balance');
    return atMost(self, abs(unexplained), unexplainedMax);
  },
  effect: latchesAccount('HALTED'),
});

const hostHealth = rule({
  id: 'H10',
  name: 'host-health',
  code: 'HOST_UNHEALTHY',
  title: 'The machine has room on disk and in memory, and its event loop keeps time.',
  unit: 'mixed',
  bound: 'none',
  breach: 'reduce-only',
  params: {
    diskFreeMbMin: counted('down'),
    memoryFreeMbMin: counted('down'),
    loopLagMax: span('up'),
  },
  evaluate({ case: { controls }, reducing }, { diskFreeMbMin, memoryFreeMbMin, loopLagMax }, self) {
    const { host } = controls.runtime;
    if (reducing) return na(self, EXIT_OPEN);
    if (host === null) return missing(self, 'the health of the machine');
    if (!(host.diskFreeMb >= diskFreeMbMin))
      return fail(self, host.diskFreeMb, diskFreeMbMin, null, 'megabytes of disk');
    if (!(host.memoryFreeMb >= memoryFreeMbMin))
      return fail(self, host.memoryFreeMb, memoryFreeMbMin, null, 'megabytes of memory');
    return host.loopLagMs <= loopLagMax
      ? pass(self, host.loopLagMs, loopLagMax)
      : fail(self, host.loopLagMs, loopLagMax, null, 'milliseconds of event-loop lag');
  },
  effect: latchesAccount('REDUCE_ONLY'),
});

const stateVersion = rule({
  id: 'H11',
  name: 'state-version',
  code: 'STATE_VERSION_CHANGED',
  title:
    'The account has not moved on since it was read, and the agent has not seen a state that never was.',
  unit: 'count',
  bound: 'none',
  params: {},
  evaluate({ account, order, case: { controls } }, _limits, self) {
    const current = controls.runtime.stateVersion;
    if (current === null || order === null) return missing(self, 'the version at commit');
    if (!(order.basisVersion <= account.version))
      return fail(self, order.basisVersion, account.version, null, 'a basis that never was');
    return demand(self, account.version === current, account.version, current);
  },
});

const builds = rule({
  id: 'H12',
  name: 'build-attestation',
  code: 'BUILDS_DIFFER',
  title: 'Every worker runs the same build under the same policy.',
  unit: 'code',
  bound: 'none',
  breach: 'halt',
  params: {},
  evaluate(facts, _limits, self) {
    const { controls, policy } = facts.case;
    const [first, ...others] = controls.runtime.builds ?? [];
    if (exitAsked(facts)) return na(self, EXIT_ASKED);
    if (first === undefined) return missing(self, 'the builds of the workers');
    if (first.policy !== policy.hash) return odd(self, first);
    for (const worker of others)
      if (worker.build !== first.build || worker.policy !== policy.hash) return odd(self, worker);
    return pass(self, first.build, first.build);
  },
  effect: latchesAccount('HALTED'),
});

type Build = NonNullable<Facts['case']['controls']['runtime']['builds']>[number];
const odd = (self: RuleText, { worker, build }: Build): Check =>
  fail(self, build, null, null, `${worker} is the odd one out`);

export const systemRules: readonly Rule[] = [
  tradingState,
  accountFreshness,
  reconciled,
  unresolved,
  connectivity,
  auditDurable,
  limitsValid,
  liveArmed,
  balanceAnomaly,
  hostHealth,
  stateVersion,
  builds,
];
