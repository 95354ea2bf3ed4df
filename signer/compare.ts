/** Does the venue hold what we think it holds? Orders and positions, less what is under way. */
import * as f from '#firewall';
import type { VenueStanding } from './contract.ts';
import type { CourierPorts } from './courier-ports.ts';
import type { CourierRuntime } from './courier-runtime.ts';
import type { CourierState } from './courier-state.ts';
import { receiptOf } from './receipts.ts';

/** Differences in words, sorted; none when both agree. */
export function differences(state: CourierState, standing: VenueStanding): readonly string[] {
  const underWay = new Set<string>();
  const expected = new Set<string>();
  for (const errand of state.errands.values()) {
    if (errand.stage === 'SENT' || errand.stage === 'UNKNOWN') underWay.add(errand.asked);
    if (errand.stage === 'ACKED' && !errand.cancel) expected.add(errand.clientId);
  }
  const there = new Set(standing.open.map((order) => order.clientId));
  const found: string[] = [];
  for (const clientId of there)
    if (!expected.has(clientId) && !underWay.has(clientId))
      found.push(`order ${clientId} is open at the venue only`);
  for (const clientId of expected)
    if (!there.has(clientId) && !underWay.has(clientId))
      found.push(`order ${clientId} is not open at the venue`);
  const held = new Map(standing.positions.map(({ symbol, qty }) => [symbol, qty as bigint]));
  for (const symbol of new Set([...held.keys(), ...state.positions.keys()])) {
    const theirs = held.get(symbol) ?? 0n;
    const ours = state.positions.get(symbol) ?? 0n;
    if (theirs !== ours)
      found.push(`${symbol}: venue ${f.formatFixed(theirs)}, own fills ${f.formatFixed(ours)}`);
  }
  return found.toSorted();
}

/** A gate that is well has heard a word after this long. */
const UNHEARD_MS = 30_000;

/** A gate that does not hold what it was told decides on positions that are not there: the books do not agree. */
const unheard = (state: Pick<CourierState, 'outbox'>, now: f.TimeMs): readonly string[] =>
  [...state.outbox.values()].some(
    (event) => receiptOf(event) !== null && now - event.at > UNHEARD_MS,
  )
    ? ["the gate's ledger lacks what it was told"]
    : [];

const LOOKS = 5;
const AGAIN_MS = 250;

/** What is compared: a courier that runs, or in tests its reducer alone. */
type Compared = Pick<CourierRuntime, 'over' | 'streaming' | 'state' | 'feed'>;
type ComparisonPorts = Pick<CourierPorts, 'venue' | 'wait' | 'now'>;

export class Comparison {
  readonly #runtime: Compared;
  readonly #ports: ComparisonPorts;
  #told: Readonly<{ text: string; at: f.TimeMs }> | null = null;

  constructor(runtime: Compared, ports: ComparisonPorts) {
    this.#runtime = runtime;
    this.#ports = ports;
  }

  /** Compares with the venue; says so when the answer is new or the last one is stale. */
  async compare(staleMs: number): Promise<'clean' | 'mismatch' | 'moving'> {
    const { venue, wait } = this.#ports;
    let before: string | null = null;
    for (let look = 0; look < LOOKS && !this.#runtime.over; look += 1) {
      const { cursor } = this.#runtime.state;
      const standing = await venue.standing();
      // What moved while we asked proves nothing: neither agreement that was stale nor a difference.
      const quiet = this.#runtime.streaming && cursor === this.#runtime.state.cursor;
      const { state } = this.#runtime;
      const found = [...differences(state, standing), ...unheard(state, this.#ports.now())];
      const text = found.join('; ');
      if (quiet && (text === '' || text === before)) {
        await this.#say(text, staleMs);
        if (text !== '') await this.#check();
        return text === '' ? 'clean' : 'mismatch';
      }
      before = quiet ? text : null;
      await wait(AGAIN_MS);
    }
    return 'moving';
  }

  async #say(text: string, staleMs: number): Promise<void> {
    const now = this.#ports.now();
    if (this.#told?.text === text && now - this.#told.at < staleMs) return;
    this.#told = { text, at: now };
    const status = text === '' ? 'clean' : 'mismatch';
    const detail = text === '' ? 'orders and positions agree' : text;
    await this.#runtime.feed({ kind: 'compared', status, detail });
  }

  /** Acknowledged orders that the venue does not list any more are asked for by name. */
  async #check(): Promise<void> {
    for (const errand of this.#runtime.state.errands.values()) {
      if (errand.stage !== 'ACKED' || errand.cancel) continue;
      const { approvalId } = errand;
      const { cursor } = this.#runtime.state;
      const found = await this.#ports.venue.query(errand.asked);
      if (cursor === this.#runtime.state.cursor)
        await this.#runtime.feed({ kind: 'checked', approvalId, found });
    }
  }
}
