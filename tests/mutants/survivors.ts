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

/** The share of mutants that some test noticed; 1 where there were none. */
export function scoreOf({ files }: Report): number {
  const states = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const dead = states.filter((status) => NOTICED.has(status)).length;
  const alive = states.filter((status) => ALIVE.has(status)).length;
  return dead + alive === 0 ? 1 : dead / (dead + alive);
}

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

/** Survivors without an excuse, and excuses for mutants that were hunted and are dead. */
export function compare(
  survivors: readonly Mutant[],
  excuses: readonly Excuse[],
  hunted: ReadonlySet<string>,
): Readonly<{ unexcused: readonly Mutant[]; stale: readonly Excuse[] }> {
  const alive = new Set(survivors.map(keyOf));
  const excused = new Set(excuses.map(keyOf));
  return {
    unexcused: survivors.filter((mutant) => !excused.has(keyOf(mutant))),
    stale: excuses.filter((excuse) => hunted.has(excuse.file) && !alive.has(keyOf(excuse))),
  };
}

/** The text of the line an excuse is about, without the marks. */
export const lineOf = ({ line }: Mutant): string => line.replaceAll(/[⟦⟧]/g, '').replace(/…$/, '');
