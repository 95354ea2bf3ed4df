/** Scripted disasters: shifts that are laid over the random market at known times after the start. */

/** Milliseconds after the start, and the value there; straight lines between. */
export type Keypoint = readonly [afterMs: number, value: number];

export type Script = Readonly<{
  /** Shift of the log price by base; `market` is for all others, times their beta. */
  shift: Readonly<Record<string, readonly Keypoint[]>>;
  /** Log distance of the venue's prices from the reference. */
  premium: readonly Keypoint[];
  volatility: readonly Keypoint[];
  spread: readonly Keypoint[];
  depth: readonly Keypoint[];
}>;

/** Before the first keypoint and after the last, its value holds. */
export function valueAt(points: readonly Keypoint[], afterMs: number, without: number): number {
  let before: Keypoint | null = null;
  for (const point of points) {
    if (point[0] > afterMs) {
      if (before === null) return point[1];
      const share = (afterMs - before[0]) / (point[0] - before[0]);
      return before[1] + share * (point[1] - before[1]);
    }
    before = point;
  }
  return before === null ? without : before[1];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const log = Math.log;

const CRASH_START = 10 * MINUTE;
const CRASH_LOW = CRASH_START + 90_000;
const CRASH_TURN = CRASH_LOW + 30_000;
const CRASH_END = CRASH_TURN + 15 * MINUTE;

export const FLASH_CRASH: Script = {
  shift: {
    market: [
      [0, 0],
      [CRASH_START, 0],
      [CRASH_START + 45_000, log(0.97)],
      [CRASH_LOW, log(0.91)],
      [CRASH_TURN, log(0.91)],
      [CRASH_TURN + 3 * MINUTE, log(0.96)],
      [CRASH_END, log(0.991)],
    ],
    USDC: [[0, 0]],
  },
  premium: [],
  volatility: [
    [CRASH_START, 1],
    [CRASH_START + 30_000, 4],
    [CRASH_TURN, 5],
    [CRASH_END, 1],
  ],
  spread: [
    [CRASH_START, 1],
    [CRASH_LOW, 20],
    [CRASH_TURN, 20],
    [CRASH_END, 1],
  ],
  depth: [
    [CRASH_START, 1],
    [CRASH_LOW, 0.1],
    [CRASH_TURN, 0.1],
    [CRASH_END, 1],
  ],
};

/** Daily returns in the manner of 1 to 17 October 2008, played one an hour. */
const SESSIONS = [
  -0.005, -0.04, -0.014, -0.039, -0.057, -0.011, -0.076, -0.012, 0.116, -0.005, -0.09, 0.043,
  -0.006,
];

function sessionsOf(returns: readonly number[]): readonly Keypoint[] {
  const points: Keypoint[] = [[0, 0]];
  let sum = 0;
  for (const [index, move] of returns.entries()) {
    sum += log(1 + move);
    points.push([(index + 1) * HOUR, sum]);
  }
  return points;
}

export const CRASH_2008: Script = {
  shift: { market: sessionsOf(SESSIONS), USDC: [[0, 0]] },
  premium: [],
  volatility: [
    [0, 1.5],
    [HOUR, 3],
    [SESSIONS.length * HOUR, 3],
    [(SESSIONS.length + 12) * HOUR, 1],
  ],
  spread: [
    [0, 1.5],
    [HOUR, 4],
    [SESSIONS.length * HOUR, 4],
    [(SESSIONS.length + 12) * HOUR, 1],
  ],
  depth: [
    [0, 0.8],
    [HOUR, 0.25],
    [SESSIONS.length * HOUR, 0.25],
    [(SESSIONS.length + 12) * HOUR, 1],
  ],
};

const DEPEG_START = 20 * MINUTE;

export const DEPEG: Script = {
  shift: {
    market: [
      [DEPEG_START, 0],
      [DEPEG_START + HOUR, log(0.96)],
      [DEPEG_START + 6 * HOUR, log(0.99)],
    ],
    USDC: [
      [DEPEG_START, 0],
      [DEPEG_START + 20 * MINUTE, log(0.985)],
      [DEPEG_START + HOUR, log(0.94)],
      [DEPEG_START + 2 * HOUR, log(0.88)],
      [DEPEG_START + 6 * HOUR, log(0.97)],
    ],
  },
  premium: [
    [DEPEG_START, 0],
    [DEPEG_START + HOUR, 0.025],
    [DEPEG_START + 6 * HOUR, 0.002],
    [DEPEG_START + 8 * HOUR, 0],
  ],
  volatility: [
    [DEPEG_START, 1],
    [DEPEG_START + 30 * MINUTE, 2.5],
    [DEPEG_START + 6 * HOUR, 1.2],
  ],
  spread: [
    [DEPEG_START, 1],
    [DEPEG_START + 30 * MINUTE, 6],
    [DEPEG_START + 6 * HOUR, 1.5],
  ],
  depth: [
    [DEPEG_START, 1],
    [DEPEG_START + 30 * MINUTE, 0.3],
    [DEPEG_START + 6 * HOUR, 0.8],
  ],
};
