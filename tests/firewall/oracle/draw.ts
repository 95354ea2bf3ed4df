/** A seeded source of choices: the same seed and index give the same case on every machine. */
export class Draw {
  #state: number;
  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 4; i += 1) this.next();
  }
  /** A whole number of 32 bits, by the mixing steps of splitmix32. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
  below(count: number): number {
    return this.next() % count;
  }
  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
  of<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const found = choices[this.below(choices.length)];
    if (found === undefined && choices.length === 0) throw new Error('nothing to choose from');
    return found as T;
  }
}
