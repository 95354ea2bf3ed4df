/** `npm run mutants`: breaks the firewall and the signer one piece at a time, and fails for each survivor without a reason. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { parseArgs } from 'node:util';
import {
  compare,
  entryOf,
  excusesOf,
  reportOn,
  scoreOf,
  survivorsOf,
  type Report,
} from './survivors.ts';

const HELP = `npm run mutants                       every mutant of firewall/ and signer/ (hours)
npm run mutants -- FILE...            those of some files, such as firewall/canonical.ts
npm run mutants -- --static FILE...   also those that act while a module loads (slow: every test, every time)
npm run mutants -- --force FILE...    without what earlier hunts found
npm run mutants -- --tests GLOB FILE  with these tests alone (minutes instead of an hour; what they miss, others may notice)
A survivor that docs/mutants.md does not explain fails the hunt, and so does a score below 95 %.`;

const root = join(import.meta.dirname, '..', '..');
const REPORT = join(root, 'reports', 'mutants.json');
const SCORE_MIN = 0.95;
const PAGE = join(root, 'docs', 'mutants.md');
const out = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs Stryker; its exit code says whether it could. */
function hunt(
  files: readonly string[],
  flags: Readonly<{ static: boolean; force: boolean; tests: readonly string[] }>,
): number {
  rmSync(REPORT, { force: true });
  const args = [
    'run',
    ...(files.length === 0 ? [] : ['--mutate', files.join(',')]),
    ...(flags.static ? [] : ['--ignoreStatic']),
    ...(flags.force ? ['--force'] : []),
  ];
  const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const env =
    flags.tests.length === 0
      ? process.env
      : { ...process.env, MUTANTS_TESTS: flags.tests.join(',') };
  return (
    spawnSync(process.execPath, [stryker, ...args], { cwd: root, stdio: 'inherit', env }).status ??
    1
  );
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
  const code = hunt(positionals, values);
  if (!existsSync(REPORT)) return code === 0 ? 1 : code;
  const whole = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  const wanted = (file: string): boolean => positionals.some((glob) => matchesGlob(file, glob));
  const report = positionals.length === 0 ? whole : reportOn(whole, wanted);
  const hunted = new Set(Object.keys(report.files));
  const excuses = excusesOf(readFileSync(PAGE, 'utf8'));
  const { unexcused, stale } = compare(survivorsOf(report), excuses, hunted);
  for (const file of new Set(unexcused.map((mutant) => mutant.file))) {
    out(`\n## ${file}`);
    for (const mutant of unexcused) if (mutant.file === file) out(entryOf(mutant));
  }
  for (const excuse of stale) out(`no longer alive: ${excuse.file} ${entryOf(excuse)}`);
  const score = scoreOf(report);
  out(
    `\n${(score * 100).toFixed(1)} % noticed, ${unexcused.length} survivors without a reason, ${stale.length} reasons without a survivor`,
  );
  return unexcused.length + stale.length > 0 || score < SCORE_MIN ? 1 : code;
}

process.exitCode = main();
