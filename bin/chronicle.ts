/** What the gate's record says, put into words for people: each entry as it becomes durable, and the standing now. */
import {
  formatFixed,
  protectiveExits,
  RULES,
  TRADING_STATES,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { shown } from './commands/firewall-values.ts';
import type { MarketEyes } from '../infra/market-eyes.ts';
import { accountView } from '../ledger/account-view-of.ts';
import type { Entry, LedgerEvent } from '../ledger/contract.ts';
import type { Fold } from '../ledger/fold.ts';
import type { Happening } from './happening.ts';
import type { LastDecision, Standing } from './snapshots.ts';

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;
const HELD_SHOWN = 100;

export class Chronicle {
  #told: Happening[] = [];
  #decisions = 0;
  #fills = 0;
  readonly #lastByDesk = new Map<string, LastDecision>();

  observe({ event }: Entry, verdict: Verdict | null): void {
    const happening = this.#happening(event, verdict);
    if (happening !== null) this.#told.push(happening);
  }

  /** What was observed since the last call. */
  take(): readonly Happening[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  #happening(event: LedgerEvent, verdict: Verdict | null): Happening | null {
    switch (event.kind) {
      case 'decision':
        return this.#decided(event, verdict);
      case 'fill':
        this.#fills += 1;
        return {
          kind: 'fill',
          at: event.at,
          symbol: event.symbol,
          what: `${event.side} ${formatFixed(event.qty)} ${event.symbol} at ${formatFixed(event.price)}`,
          fee: formatFixed(event.fee),
          clientId: event.clientId,
        };
      case 'outcome':
        return {
          kind: 'outcome',
          at: event.at,
          clientId: event.clientId,
          outcome: event.outcome,
          code: event.code,
        };
      case 'latched':
        return notice(
          event.at,
          `STATE_${event.latch.state}`,
          `${event.latch.scope} ${event.latch.key}: ${event.latch.reason}`,
        );
      case 'locked':
        return notice(
          event.at,
          'LOCKED',
          `${event.effect.scope} ${event.effect.key}: ${event.effect.code}`,
        );
      case 'resumed':
        return notice(
          event.at,
          'RESUMED',
          `${event.scope} ${event.key} by ${event.by}: ${event.reason}`,
        );
      case 'malformed':
        return notice(event.at, event.code, event.detail);
      case 'reconciled':
        return event.status === 'clean'
          ? null
          : notice(event.at, 'RECONCILIATION_MISMATCH', event.detail);
      case 'opened':
      case 'configured':
      case 'cash':
      case 'marked':
      case 'consented':
      case 'armed':
      case 'exit-asked':
      case 'noted':
        return null;
    }
  }

  #decided({ at, proposal, verdict }: Decision, whole: Verdict | null): Happening {
    this.#decisions += 1;
    const { desk } = proposal.provenance;
    const { kind, codes } = verdict;
    this.#lastByDesk.set(desk, { proposalId: proposal.id, at, verdict: kind, codes });
    const what =
      proposal.kind === 'cancel'
        ? `cancel ${proposal.target}`
        : `${proposal.side} ${formatFixed(proposal.qty)} ${proposal.symbol} at ${proposal.limitPrice === null ? 'market' : formatFixed(proposal.limitPrice)}`;
    return {
      kind: 'decision',
      at,
      proposalId: proposal.id,
      desk,
      symbol: proposal.symbol,
      what,
      verdict: kind,
      codes,
      reason: whole === null ? (codes[0] ?? null) : reasonOf(whole),
    };
  }

  standing(fold: Fold, eyes: Pick<MarketEyes, 'view'>, account: string, now: TimeMs): Standing {
    const { head, controls, policy } = fold;
    // Before the opening deposit is booked nobody knows what the account is worth.
    const funded = fold.account.paidIn !== 0n;
    const [symbol] = [...fold.account.net.keys()];
    const market = symbol === undefined ? null : eyes.view(symbol, []);
    const marks = market?.marks ?? {};
    const view = accountView(fold.account, { now, marks, head: head.hash, proposal: null });
    const leaving = new Map(
      market === null || policy === null
        ? []
        : protectiveExits(view, market, policy, now).map((exit) => [
            `${exit.strategy} ${exit.symbol}`,
            exit.reason,
          ]),
    );
    const latches = controls.standing(now).latches ?? [];
    const over = latches.filter(({ scope }) => scope === 'global' || scope === 'account');
    const strictest = TRADING_STATES.findLast((state) =>
      over.some((latch) => latch.state === state),
    );
    return {
      at: now,
      pid: process.pid,
      account,
      state: strictest ?? 'ACTIVE',
      latches: [...latches],
      equity: funded ? view.equity : null,
      cash: funded ? view.cash : null,
      version: view.version,
      ledgerEntries: head.sequence,
      decisions: this.#decisions,
      fills: this.#fills,
      positions: (view.positions ?? []).map(
        ({ symbol: held, strategy, qty, entryPrice, stopPrice }) => ({
          symbol: held,
          strategy,
          qty,
          entryPrice,
          stopPrice,
          leave: leaving.get(`${strategy} ${held}`) ?? null,
        }),
      ),
      working: [...new Set((view.working ?? []).map(({ strategy }) => strategy))],
      held: [...fold.account.held.values()].slice(-HELD_SHOWN).map(({ hash, proposal }) => ({
        proposalHash: hash,
        desk: proposal.provenance.desk,
        symbol: proposal.symbol,
      })),
      lastByDesk: Object.fromEntries(this.#lastByDesk),
    };
  }

  /** The standing in the few words that a live view shows. */
  static summary(standing: Standing): Happening {
    const { at, state, equity, cash, decisions, fills } = standing;
    return {
      kind: 'standing',
      at,
      state,
      equity: equity === null ? null : formatFixed(equity),
      cash: cash === null ? null : formatFixed(cash),
      positions: standing.positions.map(
        ({ symbol, strategy, qty, entryPrice }) =>
          `${strategy}: ${formatFixed(qty)} ${symbol} from ${formatFixed(entryPrice)}`,
      ),
      decisions,
      fills,
    };
  }
}

const notice = (at: TimeMs, code: string, message: string): Happening => ({
  kind: 'notice',
  at,
  code,
  message,
});

/** The refusals that say most about size and risk come first; a person reads two of them. */
const TELLING = 'EFDCBAGHI';
const TOLD = 2;

/** Why not, in numbers: what was seen, and what the limit is. */
function reasonOf(verdict: Verdict): string | null {
  if (verdict.kind === 'approved') return null;
  if (verdict.kind === 'held') return `waits for a human: ${verdict.because.join(', ')}`;
  const failed = verdict.checks
    .map((check, index) => ({ check, rule: RULES[index] }))
    .filter(({ check, rule }) => check.status === 'fail' && rule !== undefined)
    .toSorted(
      (a, b) => TELLING.indexOf(a.check.rule[0] ?? '') - TELLING.indexOf(b.check.rule[0] ?? ''),
    );
  const told = failed.slice(0, TOLD).map(({ check, rule }) => {
    const unit = rule?.unit ?? 'code';
    const numbers =
      check.observed === null || check.limit === null
        ? (check.note ?? '')
        : `${shown(check.observed, unit)}, limit ${shown(check.limit, unit)}`;
    return `${check.code ?? check.rule} ${numbers}`.trim();
  });
  const more = failed.length > TOLD ? `; and ${failed.length - TOLD} more` : '';
  return `${told.join('; ')}${more}`;
}
