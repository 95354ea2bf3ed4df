/** Rows G1 to I3 by brute force: agents and models, the state of the house, and the market's integrity. */
import type { Case, ModelRecord, OrderProposal, Proposal, Scope } from '#firewall';
import { atMost, below, dec, minus, negative, times, whole, type Q } from './rational.ts';
import { recent, type Judgements } from './rules-a-b.ts';
import { fresh } from './rules-c-d.ts';
import { today } from './rules-f.ts';
import { apart, passIf, type World } from './world.ts';

const modelOf = ({ c }: World, id: string): ModelRecord | undefined =>
  (c.controls.models ?? []).find((model) => model.id === id);

/** Agents all of whose votes are for the order's side. */
const votesFor = ({ votes, side }: OrderProposal): number =>
  [...new Set(votes.map(({ agent }) => agent))].filter((agent) =>
    votes.filter((v) => v.agent === agent).every((v) => v.side === side),
  ).length;

const G: Judgements = {
  G1(w, l) {
    const { order, notional } = w;
    if (order === null || notional === null) return 'missing';
    if (order.inference === null)
      return l.names('inferenceRequiredFor').includes(w.strategy) ? 'missing' : 'na';
    const model = modelOf(w, order.inference.modelId);
    if (model === undefined) return 'missing';
    return passIf(
      model.drift === 'ok' ||
        (model.drift === 'reduce' && atMost(notional, l.money('reducedNotionalMax'))),
    );
  },
  G2(w, l) {
    if (w.order === null) return 'missing';
    const { inference } = w.order;
    if (inference === null) return 'na';
    const model = modelOf(w, inference.modelId);
    if (model === undefined) return 'missing';
    return passIf(
      model.artefact === inference.artefact &&
        model.trainedUntil <= w.now &&
        w.now <= model.trainedUntil + l.number('ageMax'),
    );
  },
  G3({ order }, l) {
    if (order === null) return 'missing';
    const { inference } = order;
    if (inference === null) return 'na';
    return passIf(
      !inference.outOfDistribution && inference.dissimilarity <= l.number('dissimilarityMax'),
    );
  },
  G4(w) {
    const ids = [w.c.proposal.provenance.modelId, w.order?.inference?.modelId ?? null];
    const named = ids.filter((id) => id !== null);
    if (named.length === 0) return 'na';
    const paper = w.c.proposal.network === 'paper';
    const first = named
      .map((id) => modelOf(w, id))
      .find((m) => !(m?.role === 'champion' || (m?.role === 'challenger' && paper)));
    const anyUnfit = named.some((id) => {
      const m = modelOf(w, id);
      return !(m?.role === 'champion' || (m?.role === 'challenger' && paper));
    });
    if (!anyUnfit) return 'pass';
    return first === undefined ? 'missing' : 'fail';
  },
  G5({ order }, l) {
    if (order === null) return 'missing';
    const { inference, confidence } = order;
    return passIf(
      confidence >= l.number('confidenceMin') &&
        (inference === null ||
          (inference.intervalWidth <= l.number('intervalWidthMax') &&
            inference.probability >= l.number('probabilityMin'))),
    );
  },
  G6({ order, strategy }, l) {
    if (order === null) return 'missing';
    const needed = l.numberOf('votesMin', strategy);
    if (needed === 0) return 'pass';
    if (order.transcript === null && l.flag('transcriptRequired')) return 'missing';
    return passIf(votesFor(order) >= needed);
  },
  G7({ c, order, reducing, now }, l) {
    if (reducing) return 'na';
    const { decisions } = c.account;
    if (order === null || decisions === null) return 'missing';
    const { agent } = c.proposal.provenance;
    const asked = recent(decisions, now, l.number('window')).filter(
      (d) => d.kind === 'order' && d.agent === agent,
    );
    const { steps, tokens, toolErrors } = order.telemetry;
    return passIf(
      steps <= l.number('stepsMax') &&
        tokens <= l.number('tokensMax') &&
        toolErrors <= l.number('toolErrorsMax') &&
        asked.length + 1 <= l.number('proposalsMax'),
    );
  },
  G8({ c, order, reducing }, l) {
    if (order === null) return 'missing';
    const cited = [...new Set(order.evidence)];
    const stands = (id: string): boolean => {
      const datum = c.market.evidence.find((e) => e.id === id);
      return (
        datum !== undefined && datum.availableAt !== null && datum.availableAt <= order.basisAt
      );
    };
    return passIf(cited.every(stands) && (reducing || cited.length >= l.number('citedMin')));
  },
  G9({ order, notional, reducing }, l) {
    if (reducing) return 'na';
    if (order === null || notional === null) return 'missing';
    if (order.taint === 'none') return 'na';
    return passIf(
      votesFor(order) >= l.number('votesMin') ||
        atMost(notional, l.moneyOf('notionalMax', order.taint)),
    );
  },
  G10(w, l) {
    const { c, notional, reducing } = w;
    const desk = (c.controls.desks ?? []).find((d) => d.desk === c.proposal.provenance.desk);
    if (desk === undefined) return 'missing';
    if (desk.stage === 'shadow') return passIf(modeOver(c) === 'shadow');
    if (reducing) return 'na';
    if (notional === null) return 'missing';
    if (desk.stage === 'full') return 'pass';
    const day = today(w);
    if (day === null) return 'missing';
    return passIf(
      day.strategy(w.strategy) < l.number('canaryOrdersPerDayMax') &&
        atMost(notional, l.money('canaryNotionalMax')),
    );
  },
};

/** Whether a setting speaks about a proposal: the name that it must equal, by scope. */
function touches(
  proposal: Proposal,
  { scope, key }: Readonly<{ scope: Scope; key: string }>,
): boolean {
  const { venue, account, symbol, provenance } = proposal;
  const names: Readonly<Record<Scope, string>> = {
    global: key,
    venue,
    account,
    symbol,
    strategy: provenance.strategy,
    agent: provenance.agent,
  };
  return names[scope] === key;
}
export function modeOver({ proposal, controls }: Case): 'auto' | 'review' | 'shadow' {
  const { modes } = controls;
  if (modes === null) return 'shadow';
  const found = modes.filter((setting) => touches(proposal, setting)).map(({ mode }) => mode);
  return found.includes('shadow') ? 'shadow' : found.includes('review') ? 'review' : 'auto';
}

const H: Judgements = {
  H1({ c, reducing, now }) {
    const { latches, locks, operatorExit } = c.controls;
    if (latches === null || locks === null) return 'missing';
    const states = latches.filter((latch) => touches(c.proposal, latch)).map(({ state }) => state);
    if (locks.some((k) => touches(c.proposal, k) && (k.until === null || now < k.until)))
      states.push('REDUCE_ONLY');
    if (states.includes('HALTED')) return passIf(reducing && operatorExit);
    if (states.includes('CANCEL_ONLY')) return 'fail';
    return passIf(reducing || !states.includes('REDUCE_ONLY'));
  },
  H2({ c, reducing, now }, l) {
    const { asOf, equity, cash, free, positions, working } = c.account;
    if (positions === null || working === null) return 'missing';
    if (!reducing && [equity, cash, free].includes(null)) return 'missing';
    return passIf(asOf <= now && now <= asOf + l.number('ageMax'));
  },
  H3({ c, reducing, now }, l) {
    if (reducing) return 'na';
    const { reconciliation } = c.controls.runtime;
    if (reconciliation === null) return 'missing';
    return passIf(
      reconciliation.status === 'clean' && fresh(now, reconciliation.checkedAt, l.number('ageMax')),
    );
  },
  H4({ c, symbol }) {
    const { unresolved } = c.controls.runtime;
    const { working } = c.account;
    if (unresolved === null || working === null) return 'missing';
    const lost = working.filter((o) => o.state === 'unknown').map((o) => o.symbol);
    return passIf(![...unresolved, ...lost].includes(symbol));
  },
  H5({ c, reducing, now }, l) {
    if (reducing) return 'na';
    const { publicStreamAt, privateStreamAt, deadManArmed } = c.controls.runtime;
    if (publicStreamAt === null || privateStreamAt === null) return 'missing';
    const heard = [publicStreamAt, privateStreamAt].every((at) =>
      fresh(now, at, l.number('silenceMax')),
    );
    return passIf(deadManArmed !== false && heard);
  },
  H6({ c }) {
    const { auditDurable } = c.controls.runtime;
    return auditDurable === null ? 'missing' : passIf(auditDurable);
  },
  H7({ c }) {
    const { policyApproved } = c.controls.runtime;
    return policyApproved === null ? 'missing' : passIf(policyApproved === c.policy.hash);
  },
  H8({ c, now }, l) {
    const { network, account } = c.proposal;
    if (network === 'paper') return 'na';
    return passIf(
      c.controls.arms.some(
        (arm) =>
          arm.network === network &&
          arm.account === account &&
          arm.expiresAt > now &&
          arm.expiresAt <= now + l.number('armMax'),
      ),
    );
  },
  H9({ c, reducing }, l) {
    if (reducing && c.controls.operatorExit) return 'na';
    const { unexplained, equityFault } = c.account;
    if (equityFault) return 'fail';
    if (unexplained === null) return 'missing';
    const max = l.money('unexplainedMax');
    return passIf(atMost(dec(unexplained), max) && atMost(negative(dec(unexplained)), max));
  },
  H10({ c, reducing }, l) {
    if (reducing) return 'na';
    const { host } = c.controls.runtime;
    if (host === null) return 'missing';
    return passIf(
      host.diskFreeMb >= l.number('diskFreeMbMin') &&
        host.memoryFreeMb >= l.number('memoryFreeMbMin') &&
        host.loopLagMs <= l.number('loopLagMax'),
    );
  },
  H11({ c, order }) {
    const { stateVersion } = c.controls.runtime;
    if (stateVersion === null || order === null) return 'missing';
    return passIf(order.basisVersion <= c.account.version && c.account.version === stateVersion);
  },
  H12({ c, reducing }) {
    if (reducing && c.controls.operatorExit) return 'na';
    const builds = c.controls.runtime.builds ?? [];
    if (builds.length === 0) return 'missing';
    const kinds = new Set(builds.map(({ build, policy }) => `${build} ${policy}`));
    return passIf(kinds.size === 1 && builds[0]?.policy === c.policy.hash);
  },
};

const I: Judgements = {
  I1({ c, order, price, symbol }) {
    const { working } = c.account;
    if (order === null || price === null || working === null) return 'missing';
    const against = working.filter((o) => o.symbol === symbol && o.side !== order.side);
    const meets = (own: Q): boolean =>
      order.type === 'market' || !(order.side === 'buy' ? below(price, own) : below(own, price));
    return passIf(!against.some((own) => meets(dec(own.price))));
  },
  I2({ c, order, reducing, symbol, now }, l) {
    if (reducing) return 'na';
    const { decisions } = c.account;
    if (order === null || decisions === null) return 'missing';
    const past = recent(decisions, now, l.number('window')).filter(
      (d) => d.symbol === symbol && d.kind === 'order' && d.verdict === 'approved',
    );
    const chain: readonly { side: string | null; qty: bigint }[] = [order, ...past.toReversed()];
    let trips = 0;
    for (let i = 0; i + 1 < chain.length; i += 1) {
      const [newer, older] = [chain[i], chain[i + 1]];
      if (newer?.side === older?.side || newer?.qty !== older?.qty) continue;
      trips += 1;
      i += 1;
    }
    return passIf(trips <= l.number('roundTripsMax'));
  },
  I3({ c, order, price, mid, reducing, symbol }, l) {
    if (reducing) return 'na';
    const { flow, working } = c.account;
    if (flow === null || working === null || order === null || price === null || mid === null)
      return 'missing';
    const orders = new Map(Object.entries(flow.ordersBySymbolToday)).get(symbol) ?? 0;
    const cancels = new Map(Object.entries(flow.cancelsBySymbolToday)).get(symbol) ?? 0;
    const all = [
      { side: order.side, at: price },
      ...working
        .filter((o) => o.symbol === symbol)
        .map((o) => ({ side: o.side, at: dec(o.price) })),
    ].filter(({ at }) => below(times(l.share('farFrom'), mid), apart(at, mid)));
    const buys = all.filter(({ side }) => side === 'buy').length;
    const pile = Math.max(buys - (all.length - buys), all.length - buys - buys);
    const share = minus(whole(cancels), times(l.share('cancelShareMax'), whole(orders)));
    const many = orders >= l.number('ordersMin') && share.n > 0n;
    return passIf(!many || pile <= l.number('farOrdersMax'));
  },
};

export const house: Judgements = { ...G, ...H, ...I };
