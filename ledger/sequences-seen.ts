/** Which numbers of a foreign sequence were already applied, in little room even when they come out of order. */
export class SequencesSeen {
  #upTo = 0;
  readonly #beyond = new Set<number>();

  has(sequence: number): boolean {
    return sequence <= this.#upTo || this.#beyond.has(sequence);
  }

  /** False when it was there before. */
  add(sequence: number): boolean {
    if (this.has(sequence)) return false;
    this.#beyond.add(sequence);
    while (this.#beyond.delete(this.#upTo + 1)) this.#upTo += 1;
    return true;
  }

  /** All numbers from 1 to this one were applied. */
  get upTo(): number {
    return this.#upTo;
  }
}
