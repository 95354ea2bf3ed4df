/** The state of the house, folded: tightening is automatic and stays, loosening takes a named human. */
import { TRADING_STATES, type Latch, type Lock, type Scope, type TimeMs } from '#firewall';
import type { Entry, LedgerEvent, StandingControls } from './contract.ts';

const keyOf = (scope: Scope, key: string): string => `${scope}\0${key}`;
const strictness = (latch: Pick<Latch, 'state'>): number => TRADING_STATES.indexOf(latch.state);

type Configured = Extract<LedgerEvent, { kind: 'configured' }>;
type ExitAsked = Extract<LedgerEvent, { kind: 'exit-asked' }>;

/** Owned by one lane and changed in place by `apply`; folding is the only way in which it changes. */
export class ControlsFold {
  readonly #latches = new Map<string, Latch>();
  readonly #locks = new Map<string, Lock>();
  readonly #exits = new Map<string, ExitAsked>();
  #configured: Configured | null = null;
  #arms: StandingControls['arms'] = [];
  #approvals: StandingControls['approvals'] = [];

  apply({ event }: Entry): void {
    switch (event.kind) {
      case 'configured':
        this.#configured = event;
        break;
      case 'decision':
        // The decision and what it sets off are one record: no crash can fall between them.
        for (const effect of event.effects) {
          if (effect.kind === 'lock') this.#lock(effect, event.at);
          else this.#latch({ ...effect, reason: effect.code, by: 'gate', at: event.at });
        }
        break;
      case 'latched':
        this.#latch(event.latch);
        break;
      case 'locked':
        this.#lock(event.effect, event.at);
        break;
      case 'resumed':
        this.#resume(event.scope, event.key);
        break;
      case 'consented':
        this.#approvals = this.#approvals.filter((held) => held.expiresAt > event.at);
        this.#approvals = [...this.#approvals, event.approval];
        break;
      case 'armed':
        this.#arms = [...this.#arms.filter((held) => held.expiresAt > event.at), event.arm];
        break;
      case 'exit-asked':
        this.#exits.set(event.proposalHash, event);
        for (const [hash, { expiresAt }] of this.#exits)
          if (expiresAt <= event.at) this.#exits.delete(hash);
        break;
      case 'opened':
      case 'malformed':
      case 'outcome':
      case 'fill':
      case 'cash':
      case 'marked':
      case 'reconciled':
      case 'noted':
        break;
    }
  }

  #latch(latch: Latch): void {
    const key = keyOf(latch.scope, latch.key);
    const held = this.#latches.get(key);
    if (held === undefined || strictness(latch) > strictness(held)) this.#latches.set(key, latch);
  }

  #lock({ scope, key, code, until }: Lock, at: TimeMs): void {
    for (const [name, lock] of this.#locks)
      if (lock.until !== null && lock.until <= at) this.#locks.delete(name);
    const name = `${keyOf(scope, key)}\0${code}`;
    const held = this.#locks.get(name);
    const longer =
      held === undefined || (held.until !== null && (until === null || until > held.until));
    if (longer) this.#locks.set(name, { scope, key, code, until });
  }

  #resume(scope: Scope, key: string): void {
    this.#latches.delete(keyOf(scope, key));
    for (const [name, lock] of this.#locks)
      if (lock.scope === scope && lock.key === key) this.#locks.delete(name);
  }

  latch(scope: Scope, key: string): Latch | null {
    return this.#latches.get(keyOf(scope, key)) ?? null;
  }

  /** Before the first configuration nothing is known, and what is not known refuses. */
  standing(now: TimeMs): StandingControls {
    const configured = this.#configured;
    return {
      latches: [...this.#latches.values()],
      locks: [...this.#locks.values()].filter(({ until }) => until === null || until > now),
      modes: configured?.modes ?? null,
      desks: configured?.desks ?? null,
      models: configured?.models ?? null,
      blackouts: configured?.blackouts ?? null,
      arms: this.#arms.filter((arm) => arm.expiresAt > now),
      approvals: this.#approvals.filter((approval) => approval.expiresAt > now),
    };
  }

  /** Whether a human asked for exactly this exit and the wish still holds. */
  exitAsked(proposalHash: string, now: TimeMs): boolean {
    const asked = this.#exits.get(proposalHash);
    return asked !== undefined && now < asked.expiresAt;
  }

  get configured(): Configured | null {
    return this.#configured;
  }
}
