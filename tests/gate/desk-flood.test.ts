/** A desk that is refused without end: bounded on the disk, still judged, and never without its way out. */
import { expect, test } from 'vitest';
import type { TimeMs } from '#firewall';
import { DeskFlood, REFUSALS_MAX, REFUSALS_WINDOW_MS } from '../../gate/desk-flood.ts';
import { ControlsFold } from '../../ledger/controls-fold.ts';
import { at, decided, order, type Event } from '../ledger/history.ts';
import { NOW } from '../../firewall/proofs/amounts.ts';

const standing = new ControlsFold().standing(NOW);
const refused = (offset: number): Event<'decision'> =>
  decided(order(), { at: at(offset), kind: 'refused' });

function flooded(count: number): DeskFlood {
  const flood = new DeskFlood();
  const one = refused(0);
  for (let index = 0; index < count; index += 1) flood.absorb(one);
  return flood;
}

test('the last one within the bound is recorded, and the next is noted, once an hour', () => {
  expect(flooded(REFUSALS_MAX - 1).insteadOf(refused(1), standing)).toBeNull();
  const flood = flooded(REFUSALS_MAX);
  const [note] = flood.insteadOf(refused(1), standing) ?? [];
  if (note === undefined) throw new Error('it is noted');
  expect(note).toMatchObject({ kind: 'noted', code: 'DESK_FLOOD' });
  flood.absorb(note);
  expect(flood.insteadOf(refused(2), standing)).toEqual([]);
  expect(flood.insteadOf(refused(REFUSALS_WINDOW_MS + 1), standing)).toBeNull();
});

test('what is approved or held is recorded all the same, and so is what tightens, and other desks', () => {
  const flood = flooded(REFUSALS_MAX);
  expect(flood.insteadOf(decided(order(), { at: at(1) }), standing)).toBeNull();
  expect(flood.insteadOf(decided(order(), { at: at(1), kind: 'held' }), standing)).toBeNull();
  const lock = { kind: 'lock', scope: 'symbol', key: 'X', code: 'C', until: null } as const;
  const tightens = { ...refused(1), effects: [lock] };
  expect(flood.insteadOf(tightens, standing)).toBeNull();
  const locks = [{ ...lock, until: (NOW + 60_000) as TimeMs }, lock];
  expect(flood.insteadOf(tightens, { ...standing, locks })).toHaveLength(1);
  const { provenance } = order();
  const other = decided(order({ provenance: { ...provenance, desk: 'other' } }), {
    at: at(1),
    kind: 'refused',
  });
  expect(flood.insteadOf(other, standing)).toBeNull();
});
