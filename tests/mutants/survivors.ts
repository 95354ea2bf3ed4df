/** Mutants that no test kills: read from Stryker's report, and from the page where each has its reason. */

/** One change to one line; the marks ⟦ ⟧ stand around what was replaced. */
export type Mutant = Readonly<{ file: string; line: string; replacement: string }>;
export type Excuse = Mutant & Readonly<{ why: string }>;

type Place = Readonly<{ line: number; column: number }>;
export type Report = Readonly<{
  files: Readonly<
    Record<
      string,
      Readonly<{
        source: string;
        mutants: readonly Readonly<{
          status: string;
          replacement?: string;
          location: Readonly<{ start: Place; end: Place }>;
        }>[];
      }>
    >
  >;
}>;

/** A long replacement is cut here; what it replaced tells it apart. */
const LETTERS_MAX = 160;
const NOTICED = new Set(['Killed', 'Timeout']);
const ALIVE = new Set(['Survived', 'NoCoverage']);

const oneLine = (text: string): string => {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length > LETTERS_MAX ? `${flat.slice(0, LETTERS_MAX)}…` : flat;
};

/** The line a mutant begins on, with marks around the part that was replaced. */
function marked(source: string, start: Place, end: Place): string {
  const lines = source.split('\n');
  const first = lines[start.line - 1] ?? '';
  const from = start.column - 1;
  const to = end.line === start.line ? end.column - 1 : first.length;
  return oneLine(`${first.slice(0, from)}⟦${first.slice(from, to)}⟧${first.slice(to)}`);
}

/** The part of a report that is about these files; Stryker adds what it remembers of earlier hunts. */
export const reportOn = ({ files }: Report, hunted: (file: string) => boolean): Report => ({
  files: Object.fromEntries(Object.entries(files).filter(([file]) => hunted(file))),
});

export type Score = Readonly<{ file: string; killed: number; total: number; explained: number }>;

/** How each file stands; `explained` are its survivors that make no difference, by the reasons given. */
export function scoresOf({ files }: Report, unexcused: readonly Mutant[]): readonly Score[] {
  return Object.entries(files).map(([file, { mutants }]) => {
    const killed = mutants.filter(({ status }) => NOTICED.has(status)).length;
    const alive = mutants.filter(({ status }) => ALIVE.has(status)).length;
    const open = unexcused.filter((mutant) => mutant.file === file).length;
    return { file, killed, total: killed + alive, explained: alive - open };
  });
}

/** The share that some test noticed of the mutants that make a difference; 1 where there are none. */
export const shareOf = ({ killed, total, explained }: Omit<Score, 'file'>): number =>
  total === explained ? 1 : killed / (total - explained);

export const survivorsOf = (report: Report): readonly Mutant[] =>
  Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => ALIVE.has(status))
      .map(({ location: { start, end }, replacement = '' }) => ({
        file,
        line: marked(source, start, end),
        replacement: oneLine(replacement),
      })),
  );

const HEADING = /^## (?<file>\S+)$/;
const ENTRY = /^- ``` (?<line>.+) ``` → ``` (?<replacement>.*) ```$/;
const WHY = /^ {2}(?<why>\S.*)$/;

/** Reads the page: a heading per file, an entry per mutant, its reason on the indented line below. */
export function excusesOf(page: string): readonly Excuse[] {
  const excuses: Excuse[] = [];
  let file = '';
  const lines = page.split('\n');
  for (const [index, text] of lines.entries()) {
    file = HEADING.exec(text)?.groups?.['file'] ?? file;
    const entry = ENTRY.exec(text)?.groups;
    if (entry === undefined) {
      if (file !== '' && text.startsWith('- '))
        throw new SyntaxError(`line ${index + 1} is no entry: ${text}`);
      continue;
    }
    const why = WHY.exec(lines[index + 1] ?? '')?.groups?.['why'];
    if (why === undefined) throw new SyntaxError(`line ${index + 1} has no reason below it`);
    excuses.push({ file, line: entry['line'] ?? '', replacement: entry['replacement'] ?? '', why });
  }
  return excuses;
}

/** How a survivor is written down, ready for its reason. */
export const entryOf = ({ line, replacement }: Mutant): string =>
  `- \`\`\` ${line} \`\`\` → \`\`\` ${replacement} \`\`\``;

const keyOf = ({ file, line, replacement }: Mutant): string => `${file}\n${line}\n${replacement}`;

/** Survivors without an excuse, and excuses for mutants that were hunted and are dead. An excuse is good for one mutant. */
export function compare(
  survivors: readonly Mutant[],
  excuses: readonly Excuse[],
  hunted: ReadonlySet<string>,
): Readonly<{ unexcused: readonly Mutant[]; stale: readonly Excuse[] }> {
  return {
    unexcused: beyond(survivors, excuses),
    stale: beyond(excuses, survivors).filter(({ file }) => hunted.has(file)),
  };
}

/** What is left of a list when each entry of another has taken its like out of it. */
function beyond<T extends Mutant>(list: readonly T[], others: readonly Mutant[]): readonly T[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(keyOf(other), (left.get(keyOf(other)) ?? 0) + 1);
  return list.filter((mutant) => {
    const like = left.get(keyOf(mutant)) ?? 0;
    left.set(keyOf(mutant), like - 1);
    return like <= 0;
  });
}

/** The text of the line an excuse is about, without the marks. */
export const lineOf = ({ line }: Mutant): string => line.replaceAll(/[⟦⟧]/g, '').replace(/…$/, '');
