/** `npm run mutants`: breaks the firewall and the signer one piece at a time, and fails for each survivor without a reason. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { huntsOf } from './mirror.ts';
import {
  compare,
  entryOf,
  excusesOf,
  reportOn,
  scoresOf,
  shareOf,
  survivorsOf,
  type Report,
} from './survivors.ts';

const HELP = `npm run mutants                       every mutant of firewall/ and signer/ (hours)
npm run mutants -- FILE...            those of some files, such as firewall/canonical.ts
npm run mutants -- --tests GLOB FILE  with these tests; else with those that mirror the file, or all where none does
npm run mutants -- --static FILE...   also those that act while a module loads (slow: every test, every time)
npm run mutants -- --force FILE...    without what earlier hunts found
A file fails where its tests notice less than 95 % of the mutants that docs/mutants.md does not explain, and where
that page explains one that is dead.`;

const root = join(import.meta.dirname, '..', '..');
const REPORT = join(root, 'reports', 'mutants.json');
const SHARE_MIN = 0.95;
const PAGE = join(root, 'docs', 'mutants.md');
const TESTS = 'tests/{firewall,signer}/**/*.test.ts';
/** A process of its own runs unbroken code, so nothing is noticed there; and dying at every write takes long. */
const SLOW = ['**/*-process.test.ts', '**/*-crash.test.ts'];
const out = (line: string): void => void process.stdout.write(`${line}\n`);

type Flags = Readonly<{ static: boolean; force: boolean }>;

/** Runs Stryker over some files; the report on them, or null where there is none. */
function hunt(files: readonly string[], tests: string, flags: Flags): Report | null {
  rmSync(REPORT, { force: true });
  const args = [
    'run',
    '--mutate',
    files.join(','),
    ...(flags.static ? [] : ['--ignoreStatic']),
    ...(flags.force ? ['--force'] : []),
  ];
  const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const env = tests === '' ? process.env : { ...process.env, MUTANTS_TESTS: tests };
  out(`\n${files.join(' ')}\n  by ${tests === '' ? 'every test' : tests}`);
  const { status } = spawnSync(process.execPath, [stryker, ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  if (status !== 0 || !existsSync(REPORT)) return null;
  const whole = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  return reportOn(whole, (file) => files.includes(file));
}

/** Prints how each file stands, and says whether all of them stand well. */
function judged(report: Report): boolean {
  const hunted = new Set(Object.keys(report.files));
  const excuses = excusesOf(readFileSync(PAGE, 'utf8'));
  const { unexcused, stale } = compare(survivorsOf(report), excuses, hunted);
  for (const file of new Set(unexcused.map((mutant) => mutant.file))) {
    out(`\n## ${file}`);
    for (const mutant of unexcused) if (mutant.file === file) out(entryOf(mutant));
  }
  for (const excuse of stale) out(`no longer alive: ${excuse.file} ${entryOf(excuse)}`);
  const scores = scoresOf(report, unexcused);
  out('');
  for (const score of scores) {
    const { file, killed, total, explained } = score;
    const share = (shareOf(score) * 100).toFixed(1);
    out(`${file}: ${killed} / ${total}, ${explained} explained, ${share} %`);
  }
  return stale.length === 0 && scores.every((score) => shareOf(score) >= SHARE_MIN);
}

/** The files that were named, or all that the configuration names. */
function wanted(named: readonly string[]): readonly string[] {
  const config = readFileSync(join(root, 'stryker.config.json'), 'utf8');
  const { mutate } = JSON.parse(config) as { mutate: readonly string[] };
  const globs = named.length > 0 ? named : mutate.filter((glob) => !glob.startsWith('!'));
  const exclude = mutate.flatMap((glob) => (glob.startsWith('!') ? [glob.slice(1)] : []));
  return globSync(globs, { cwd: root, exclude }).toSorted();
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      static: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      tests: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const absent = positionals.filter((file) => !/[*{]/.test(file) && !existsSync(join(root, file)));
  if (values.help || absent.length > 0) {
    out(absent.length > 0 ? `no such file: ${absent.join(', ')}` : HELP);
    return values.help ? 0 : 2;
  }
  const files = wanted(positionals);
  const tests = globSync(TESTS, { cwd: root, exclude: [...SLOW] }).toSorted();
  const given = values.tests.join(',');
  const hunts = given === '' ? huntsOf(files, tests) : new Map([[given, files]]);
  const reports = [...hunts].map(([by, some]) => hunt(some, by, values));
  const found = reports.map((report) => report?.files ?? {});
  const well = judged({ files: Object.assign({}, ...found) as Report['files'] });
  return well && files.length > 0 && !reports.includes(null) ? 0 : 1;
}

process.exitCode = main();
