/** The middle price's recent path, counted book by book: last move, its z-score, calm since a jump, median spread. */
import { PPM, type Motion, type Ppm, type Price } from '#firewall';

export type MotionOptions = Readonly<{
  /** Moves in the rolling standard deviation, and spreads in the rolling median. */
  window: number;
  /** Moves below which there is no standard deviation worth the name. */
  movesMin: number;
  /** How many of the latest moves the z-score is the largest of. */
  recent: number;
  /** A move that far out is a jump, if it is also at least `jumpMin`. */
  jumpZ: number;
  jumpMin: Ppm;
}>;

export const MOTION_DEFAULTS: MotionOptions = {
  window: 120,
  movesMin: 20,
  recent: 3,
  jumpZ: 8,
  jumpMin: 1_000 as Ppm,
};

/** Moves are kept as whole hundred-millionths, so that rolling sums never drift; 5 % bounds the square. */
const MOVE_UNIT = 100_000_000;
const MOVE_MAX = 5_000_000;
/** A market that hardly ticks has no usable deviation: below 0.2 bps everything would look like a jump. */
const DEVIATION_MIN = 2_000;
const Z_MAX = 1_000 * PPM;

export class MotionMeter {
  readonly #options: MotionOptions;
  readonly #moves: Float64Array;
  readonly #spreads: number[] = [];
  readonly #sorted: number[] = [];
  readonly #scores: number[] = [];
  #count = 0;
  #sum = 0;
  #squares = 0;
  #midLast: Price | null = null;
  #sinceJump = 0;

  constructor(options: MotionOptions = MOTION_DEFAULTS) {
    this.#options = options;
    this.#moves = new Float64Array(options.window);
  }

  /** Null until two books were seen. */
  see(mid: Price, spread: Ppm): Motion | null {
    const spreadMedian = this.#median(spread);
    const midPrevious = this.#midLast;
    this.#midLast = mid;
    if (midPrevious === null || midPrevious <= 0n) return null;
    const move = Math.round((Number(mid) / Number(midPrevious) - 1) * MOVE_UNIT);
    const score = this.#score(move);
    this.#remember(move);
    const jumped =
      score >= this.#options.jumpZ * PPM &&
      Math.abs(move) >= this.#options.jumpMin * (MOVE_UNIT / PPM);
    this.#sinceJump = jumped ? 0 : this.#sinceJump + 1;
    this.#scores.push(score);
    if (this.#scores.length > this.#options.recent) this.#scores.shift();
    return {
      midPrevious,
      zScore: Math.max(...this.#scores) as Ppm,
      ticksSinceJump: this.#sinceJump,
      spreadMedian,
    };
  }

  /** Measured against the moves before it: a jump must not hide in its own deviation. */
  #score(move: number): number {
    const count = Math.min(this.#count, this.#options.window);
    if (count < this.#options.movesMin) return 0;
    const mean = this.#sum / count;
    const deviation = Math.sqrt(Math.max(0, this.#squares / count - mean * mean));
    const z = Math.abs(move - mean) / Math.max(deviation, DEVIATION_MIN);
    return Math.min(Z_MAX, Math.round(z * PPM));
  }

  #remember(move: number): void {
    const kept = Math.max(-MOVE_MAX, Math.min(MOVE_MAX, move));
    const slot = this.#count % this.#options.window;
    if (this.#count >= this.#options.window) {
      const gone = this.#moves[slot] ?? 0;
      this.#sum -= gone;
      this.#squares -= gone * gone;
    }
    this.#moves[slot] = kept;
    this.#sum += kept;
    this.#squares += kept * kept;
    this.#count += 1;
  }

  #median(spread: number): Ppm {
    this.#spreads.push(spread);
    this.#sorted.splice(rank(this.#sorted, spread), 0, spread);
    if (this.#spreads.length > this.#options.window) {
      const gone = this.#spreads.shift() ?? spread;
      this.#sorted.splice(rank(this.#sorted, gone), 1);
    }
    return (this.#sorted[this.#sorted.length >> 1] ?? spread) as Ppm;
  }
}

/** Index of the first element that is not below `value`. */
function rank(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
