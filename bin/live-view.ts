/** The swarm as a person sees it: a screen that is redrawn on a terminal, plain lines elsewhere, or JSON. */
import type { Happening } from './happening.ts';
import { writeHappening } from './happening.ts';

type Standing = Extract<Happening, { kind: 'standing' }>;
type Screen = Readonly<{ columns: number; rows: number }>;
export type View = Readonly<{
  show(happening: Happening): void;
  /** Redraws what changed; called a few times a second. */
  draw(): void;
  close(): void;
}>;

const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);
const MARK = { approved: '✓', held: '…', refused: '✗' } as const;

/** Enough of a proposal's id for `airlock capsule show`. */
const ID_SHOWN = 8;

/** One happening on one line, for logs and for the tail of the screen. */
export function lineOf(happening: Happening): string | null {
  const at = clock(happening.at);
  switch (happening.kind) {
    case 'decision': {
      const head = `${at} ${MARK[happening.verdict]} ${happening.verdict.padEnd(8)} ${happening.desk}: ${happening.what}  [${happening.proposalId.slice(0, ID_SHOWN)}]`;
      const why = happening.reason === null ? '' : `\n           ${happening.reason}`;
      return `${head}${why}`;
    }
    case 'fill':
      return `${at} ● fill     ${happening.what}, fee ${happening.fee} (signed order ${happening.clientId.slice(0, 12)}…)`;
    case 'outcome':
      // What was filled has its own line, with its price.
      return happening.code === null || happening.code === 'FILLED'
        ? null
        : `${at} ! ${happening.outcome}: ${happening.code} (${happening.clientId.slice(0, 12)}…)`;
    case 'standing':
      return null;
    case 'refused':
    case 'notice':
      return `${at} ! ${happening.code}: ${happening.message}`;
  }
}

const totals = ({ state, equity, cash, decisions, fills }: Standing): string =>
  `state ${state} · equity ${equity ?? 'unknown'} · cash ${cash ?? 'unknown'} · ${decisions} decisions · ${fills} fills`;

/** Equity moves with every tick; on paper it is worth a line only this often. */
const STANDING_EVERY_MS = 30_000;

/** Lines as they come, with the standing when the state changes and now and then. */
function lineView(out: (line: string) => void): View {
  let standing: Standing | null = null;
  let told: Standing | null = null;
  const tell = (): void => {
    if (standing === null) return;
    told = standing;
    out(`${clock(standing.at)}   ${totals(standing)}`);
  };
  return {
    show(happening) {
      if (happening.kind === 'standing') standing = happening;
      const line = lineOf(happening);
      if (line !== null) out(line);
    },
    draw() {
      if (standing === null || standing === told) return;
      const due = told === null || standing.at - told.at >= STANDING_EVERY_MS;
      if (due || standing.state !== told?.state) tell();
    },
    close: tell,
  };
}

/** A screen: the standing on top, the newest events below. */
function screenView(
  write: (text: string) => void,
  size: () => Screen,
  head: readonly string[],
): View {
  const lines: string[] = [];
  let standing: Standing | null = null;
  let dirty = true;
  write('\u001B[?25l');
  return {
    show(happening) {
      dirty = true;
      if (happening.kind === 'standing') standing = happening;
      const line = lineOf(happening);
      if (line === null) return;
      lines.push(...line.split('\n'));
      lines.splice(0, lines.length - 500);
    },
    draw() {
      if (!dirty) return;
      dirty = false;
      const { columns, rows } = size();
      const top = [...head, ...standingLines(standing), ''];
      const rest = lines.slice(-Math.max(1, rows - top.length - 1));
      const fit = (line: string): string => line.slice(0, columns);
      write(
        `\u001B[H${[...top, ...rest].map((line) => `${fit(line)}\u001B[K`).join('\n')}\n\u001B[J`,
      );
    },
    close() {
      write('\u001B[?25h');
    },
  };
}

const standingLines = (standing: Standing | null): readonly string[] =>
  standing === null
    ? ['starting …']
    : [
        totals(standing),
        ...(standing.positions.length === 0 ? ['no positions'] : standing.positions),
      ];

export type ViewKind = 'json' | 'lines' | 'screen';

export function openView(
  kind: ViewKind,
  write: (text: string) => void,
  size: () => Screen,
  head: readonly string[],
): View {
  if (kind === 'screen') return screenView(write, size, head);
  if (kind === 'lines') return lineView((line) => write(`${line}\n`));
  return {
    show: (happening) => write(`${JSON.stringify(writeHappening(happening))}\n`),
    draw: () => undefined,
    close: () => undefined,
  };
}
