/** A desk that is refused over and over may not fill the disk: beyond a bound its refusals are judged and not recorded. */
import { inForce, type TimeMs } from '#firewall';
import type { LedgerEvent } from '../ledger/contract.ts';
import { Recent } from '../ledger/recent.ts';

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;
type Noted = Extract<LedgerEvent, { kind: 'noted' }>;

const DESK_FLOOD = 'DESK_FLOOD';
/** Two every second for an hour: no desk that means it is refused more often. */
export const REFUSALS_MAX = 7_200;
export const REFUSALS_WINDOW_MS = 3_600_000;

const detailOf = (desk: string): string =>
  `${desk}: over ${REFUSALS_MAX} refusals in an hour; the next are not recorded`;

/** Folded from the ledger like everything else, so that a restart changes nothing. */
export class DeskFlood {
  readonly #refusals = new Map<string, Recent<TimeMs>>();
  readonly #notedAt = new Map<string, TimeMs>();

  absorb(event: LedgerEvent): void {
    if (event.kind === 'noted' && event.code === DESK_FLOOD)
      this.#notedAt.set(event.detail, event.at);
    if (event.kind !== 'decision' || event.verdict.kind !== 'refused') return;
    const { desk } = event.proposal.provenance;
    const recent = this.#refusals.get(desk) ?? new Recent<TimeMs>((at) => at);
    recent.push(event.at);
    recent.prune((event.at - REFUSALS_WINDOW_MS) as TimeMs);
    this.#refusals.set(desk, recent);
  }

  /** What is recorded in place of the decision: a note, nothing, or null for the decision itself. */
  insteadOf(
    { at, proposal, verdict, effects, runtime }: Decision,
    standing: Omit<Parameters<typeof inForce>[1], 'runtime' | 'operatorExit'>,
  ): readonly Noted[] | null {
    if (verdict.kind !== 'refused') return null;
    const controls = { ...standing, runtime, operatorExit: false };
    // What tightens is never dropped.
    if (!effects.every((effect) => inForce(effect, controls, at))) return null;
    const since = at - REFUSALS_WINDOW_MS;
    const { desk } = proposal.provenance;
    if ((this.#refusals.get(desk)?.since(since).length ?? 0) < REFUSALS_MAX) return null;
    const detail = detailOf(desk);
    if ((this.#notedAt.get(detail) ?? Number.NEGATIVE_INFINITY) > since) return [];
    return [{ kind: 'noted', at, code: DESK_FLOOD, detail, qty: null }];
  }
}
