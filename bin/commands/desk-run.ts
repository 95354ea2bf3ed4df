/** `airlock desk run`: desks at work on a simulated or recorded market, on a clock of their own, through both doors. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatFixed, type SpanMs } from '#firewall';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { writeHappening } from '../happening.ts';
import { lineOf } from '../live-view.ts';
import { withDesks, type VirtualDesks } from '../virtual/virtual-desks.ts';
import {
  MINUTE,
  openVirtualRun,
  symbolsOf,
  VIRTUAL_OPTIONS,
  type VirtualRun,
} from '../virtual/virtual-run.ts';

const MINUTES = 60;
const EVERY_SECONDS = 60;
const PROGRESS_MS = 5_000;

export const command: Command = {
  name: 'desk run',
  summary: 'let desks trade a simulated or recorded market for a while, faster than time',
  usage: '',
  options: {
    symbols: {
      type: 'string',
      value: 'LIST',
      help: 'markets, a desk for each (default BTC/USDT:USDT); one only with --bars',
    },
    ...VIRTUAL_OPTIONS,
    minutes: { type: 'string', value: 'N', help: `minutes of market time (default ${MINUTES})` },
    every: {
      type: 'string',
      value: 'SECONDS',
      help: `how often each desk decides (default ${EVERY_SECONDS})`,
    },
    speed: {
      type: 'string',
      value: 'X',
      help: 'market seconds in a second; as fast as it goes without it',
    },
    think: {
      type: 'string',
      value: 'MS',
      help: 'market time that a decision costs; without it, what it really took',
    },
  },
  run,
};

type Pace = Readonly<{
  minutes: number;
  everyMs: number;
  speed: number | null;
  thinkMs: number | null;
}>;

async function run(_words: readonly string[], options: Options, io: Io): Promise<number> {
  const pace = paceOf(options);
  const symbols = symbolsOf(typeof options['symbols'] === 'string' ? [options['symbols']] : []);
  if (symbols.length > 1 && options['bars'] !== undefined)
    throw new UsageError(
      'USAGE_INVALID',
      'a recording is of one symbol',
      'name one with --symbols',
    );
  const open = await openVirtualRun(symbols, options, io);
  const json = options['json'] === true;
  return withDesks(open, io, async (desks) => {
    const spoken = await runDesks({ open, desks, pace, json }, io);
    summary({ open, spoken, json }, io);
    return 0;
  });
}

function paceOf(options: Options): Pace {
  const number = (name: string, fallback: number | null, max: number): number | null => {
    const text = options[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (value > 0 && value <= max) return value;
    throw new UsageError(
      'USAGE_INVALID',
      `--${name} ${String(text)}`,
      `a number above zero, at most ${max}`,
    );
  };
  return {
    minutes: number('minutes', MINUTES, 100_000) ?? MINUTES,
    everyMs: (number('every', EVERY_SECONDS, 86_400) ?? EVERY_SECONDS) * 1_000,
    speed: number('speed', null, 1_000_000),
    thinkMs: number('think', null, 600_000),
  };
}

type Running = Readonly<{ open: VirtualRun; desks: VirtualDesks; pace: Pace; json: boolean }>;
/** How often each answer was given, by desk. */
type Spoken = ReadonlyMap<string, ReadonlyMap<string, number>>;

async function runDesks({ open, desks, pace, json }: Running, io: Io): Promise<Spoken> {
  const { house } = open;
  const spoken = new Map<string, Map<string, number>>();
  const until = Math.min(house.now() + pace.minutes * MINUTE, open.endsAt ?? Infinity);
  let toldAt = performance.now();
  while (house.now() < until && !io.signal.aborted) {
    const [began, beganAt] = [performance.now(), house.now()];
    const said = await Promise.all(
      desks.desks.map(
        async ({ desk, config }) => [config.desk, await desk.act(io.signal)] as const,
      ),
    );
    for (const [desk, word] of said) count(spoken, desk, word);
    // The market goes on while a desk thinks: what it proposes is judged on a later market than it saw.
    const thinking = Math.round(pace.thinkMs ?? performance.now() - began);
    if (!open.replayed) await house.pass(Math.min(thinking, pace.everyMs) as SpanMs);
    await desks.deliver();
    tell(house, json, io);
    desks.learn();
    const left = beganAt + pace.everyMs - house.now();
    if (left > 0) await house.pass(left as SpanMs);
    if (performance.now() - toldAt >= PROGRESS_MS && !json && io.terminal) {
      toldAt = performance.now();
      io.err(
        `… ${new Date(house.now()).toISOString().slice(0, 16)}, ${Math.round((until - house.now()) / MINUTE)} minutes to go`,
      );
    }
    await keepPace(pace, { began, passed: house.now() - beganAt }, io.signal);
  }
  return spoken;
}

function count(spoken: Map<string, Map<string, number>>, desk: string, word: string): void {
  const words = spoken.get(desk) ?? new Map<string, number>();
  words.set(word, (words.get(word) ?? 0) + 1);
  spoken.set(desk, words);
}

function tell({ chronicle }: VirtualRun['house'], json: boolean, io: Io): void {
  for (const happening of chronicle.take()) {
    const line = json ? JSON.stringify(writeHappening(happening)) : lineOf(happening);
    if (line !== null) io.out(line);
  }
}

type Round = Readonly<{ began: number; passed: number }>;

async function keepPace(
  { speed }: Pace,
  { began, passed }: Round,
  signal: AbortSignal,
): Promise<void> {
  if (speed === null) return;
  const wait = passed / speed - (performance.now() - began);
  if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
}

type Ended = Readonly<{ open: VirtualRun; spoken: Spoken; json: boolean }>;

function summary({ open, spoken, json }: Ended, io: Io): void {
  const { state, equity, decisions, fills, positions } = open.house.standing();
  const before = open.config.cash;
  const words = [...spoken].map(([desk, said]) => ({ desk, said: Object.fromEntries(said) }));
  if (json) {
    io.out(
      JSON.stringify({
        kind: 'run',
        state,
        equity: equity === null ? null : formatFixed(equity),
        cash: formatFixed(before),
        decisions,
        fills,
        open: positions.length,
        desks: words,
      }),
    );
    return;
  }
  for (const { desk, said } of words)
    io.out(
      `${desk}: ${Object.entries(said)
        .map(([word, times]) => `${times} × ${word}`)
        .join(', ')}`,
    );
  const worth = equity === null ? 'unknown' : formatFixed(equity);
  io.out(
    `state ${state} · equity ${worth}, begun with ${formatFixed(before)} · ${decisions} judged · ${fills} fills · ${positions.length} positions open`,
  );
  io.out('One run on one market is no evidence of an edge.');
}
