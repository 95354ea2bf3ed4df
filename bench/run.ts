/** `npm run bench`: finds the benchmarks, runs each file alone, prints what came out. A missed target is printed, not failed. */
import { fork } from 'node:child_process';
import { globSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { AREAS, type Area } from './contract.ts';
import type { Message } from './one-file.ts';
import { jsonLine, table, type Row } from './report.ts';

const HELP = `npm run bench                  every benchmark
npm run bench -- AREA          one area: ${AREAS.join(', ')}
npm run bench -- AREA NAME     the files of an area whose name contains NAME
npm run bench -- --json        one JSON object per figure and line
A missed target is printed and does not fail the run; a benchmark that crashes does.`;

const root = join(import.meta.dirname, '..');
const out = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

type Wanted = Readonly<{ areas: readonly Area[]; name: string }>;

function wantedOf(words: readonly string[]): Wanted | null {
  const [area, name = ''] = words;
  if (area === undefined) return { areas: AREAS, name };
  const found = AREAS.filter((known) => known === area);
  return found.length === 0 || words.length > 2 ? null : { areas: found, name };
}

const filesOf = (area: Area, name: string): readonly string[] =>
  globSync(`bench/${area}/*.bench.ts`, { cwd: root })
    .filter((file) => basename(file).includes(name))
    .toSorted();

/** Runs one file and resolves to its figures, or to null if its process did not end well. */
async function figuresOf(area: Area, file: string): Promise<readonly Row[] | null> {
  const rows: Row[] = [];
  const child = fork(join(import.meta.dirname, 'one-file.ts'), [file], {
    cwd: root,
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  child.on('message', (message: Message) => {
    if (message.kind === 'skipped') note(`${area}: ${message.bench} skipped: ${message.why}`);
    else rows.push({ area, ...message.figure });
  });
  const code = await new Promise((done) => child.once('error', () => done(1)).once('close', done));
  return code === 0 ? rows : null;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  const wanted = wantedOf(positionals);
  if (values.help === true || wanted === null) {
    (wanted === null ? note : out)(HELP);
    return wanted === null ? 2 : 0;
  }
  if (!values.json) out(`${cpus()[0]?.model ?? '?'} × ${cpus().length}, Node ${process.version}`);
  let crashed = 0;
  for (const area of wanted.areas)
    for (const file of filesOf(area, wanted.name)) {
      const rows = await figuresOf(area, file);
      if (rows === null) {
        crashed += 1;
        note(`${file} crashed`);
      } else if (values.json) for (const row of rows) out(jsonLine(row));
      else if (rows.length > 0) out(`\n${area}: ${basename(file, '.bench.ts')}\n${table(rows)}`);
    }
  return crashed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
