/** Seeded pseudo-randomness (xoshiro128**): one stream per purpose, so that a draw more in one never shifts another. */

export type Prng = Readonly<{
  /** In [0, 1), in steps of 2^-32. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** In (0, ∞), mean one. */
  exponential(): number;
  /** Events in an interval in which `mean` are expected. */
  poisson(mean: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}>;

/** Equal seeds and purposes give equal streams, on any machine. */
export function prng(seed: number, purpose: string): Prng {
  const next = xoshiro(seedWords(seed, purpose));
  const uniform = (): number => next() / 4_294_967_296;
  let spare: number | null = null;
  const normal = (): number => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
  const poisson = (mean: number): number => {
    // Knuth's product suits the small means of one step; a large one is near enough to normal.
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const floor = Math.exp(-mean);
    let product = uniform();
    let count = 0;
    while (product > floor) {
      count += 1;
      product *= uniform();
    }
    return count;
  };
  return {
    uniform,
    normal,
    exponential: () => -Math.log(1 - uniform()),
    poisson,
    pick: (choices) => choices[Math.floor(uniform() * choices.length)] ?? choices[0],
  };
}

type Words = [number, number, number, number];

function seedWords(seed: number, purpose: string): Words {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const high = Math.floor(seed / 4_294_967_296) >>> 0;
  for (const part of [high, ...Array.from(purpose, (letter) => letter.codePointAt(0) ?? 0)])
    state = mixed((state ^ part) >>> 0);
  const word = (): number => (state = mixed(state));
  return [word(), word(), word(), word() | 1];
}

/** One step of splitmix32: every bit of the input reaches every bit of the output. */
function mixed(value: number): number {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function xoshiro([first, second, third, fourth]: Words): () => number {
  let a = first | 0;
  let b = second | 0;
  let c = third | 0;
  let d = fourth | 0;
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
}
