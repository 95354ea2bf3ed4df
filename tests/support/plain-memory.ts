/** The memory's port in plain lists: slow, and right by inspection. */
import type { Ppm, TimeMs } from '#firewall';
import type { Recalled, Situation, SituationMemory } from '../../tools/contract.ts';

export class PlainMemory implements SituationMemory {
  readonly #dimensions: number;
  readonly #kept = new Map<string, { situation: Situation; vector: Float32Array }>();

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  put(situation: Situation, vector: Float32Array): void {
    this.#mustFit(vector);
    if (!this.#kept.has(situation.id)) this.#kept.set(situation.id, { situation, vector });
  }

  learn(id: string, outcome: Ppm, at: TimeMs): void {
    const found = this.#kept.get(id);
    if (found === undefined || found.situation.outcome !== null) return;
    found.situation = { ...found.situation, outcome, outcomeAt: at };
  }

  nearest(
    vector: Float32Array,
    { asOf, count, symbol }: Parameters<SituationMemory['nearest']>[1],
  ): readonly Recalled[] {
    this.#mustFit(vector);
    return [...this.#kept.values()]
      .filter(({ situation }) => situation.availableAt <= asOf)
      .filter(({ situation }) => symbol === null || situation.symbol === symbol)
      .map(({ situation, vector: other }) => ({
        situation:
          situation.outcomeAt !== null && situation.outcomeAt > asOf
            ? { ...situation, outcome: null, outcomeAt: null }
            : situation,
        distance: Math.hypot(...vector.map((value, index) => value - (other[index] ?? 0))),
      }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, Math.max(0, count));
  }

  count(): number {
    return this.#kept.size;
  }

  close(): void {
    this.#kept.clear();
  }

  #mustFit(vector: Float32Array): void {
    if (vector.length !== this.#dimensions || vector.some((value) => !Number.isFinite(value)))
      throw new Error('the vector does not fit');
  }
}
