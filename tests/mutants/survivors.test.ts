/** The page of surviving mutants is read strictly, and speaks of lines that still exist. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read, ROOT } from '../tidy/sources.ts';
import { huntsOf, mirrorOf } from './mirror.ts';
import {
  compare,
  entryOf,
  excusesOf,
  lineOf,
  reportOn,
  scoresOf,
  shareOf,
  survivorsOf,
  type Excuse,
} from './survivors.ts';

const SOURCE = 'const a = 1;\n  if (a > limit) return `${no}`;\nlast(\n  one,\n);\n';
const at = (line: number, from: number, to: number, endLine = line) => ({
  start: { line, column: from },
  end: { line: endLine, column: to },
});
const report = {
  files: {
    'firewall/a.ts': {
      source: SOURCE,
      mutants: [
        { status: 'Killed', replacement: 'true', location: at(2, 7, 16) },
        { status: 'Survived', replacement: 'a >= limit', location: at(2, 7, 16) },
        { status: 'NoCoverage', replacement: '``', location: at(2, 25, 32) },
        { status: 'Survived', replacement: 'first(\n  one\n)', location: at(3, 1, 2, 5) },
      ],
    },
  },
};
const survivors = survivorsOf(report);
const [first] = survivors;

test('survivors are told by their line, marked, and their replacement', () => {
  expect(survivors).toEqual([
    { file: 'firewall/a.ts', line: 'if (⟦a > limit⟧) return `${no}`;', replacement: 'a >= limit' },
    { file: 'firewall/a.ts', line: 'if (a > limit) return ⟦`${no}`⟧;', replacement: '``' },
    { file: 'firewall/a.ts', line: '⟦last(⟧', replacement: 'first( one )' },
  ]);
});

test('a file is judged by the mutants that make a difference', () => {
  const [, unexplained] = survivors;
  expect(scoresOf(report, survivors)).toEqual([
    { file: 'firewall/a.ts', killed: 1, total: 4, explained: 0 },
  ]);
  expect(scoresOf(report, survivors).map(shareOf)).toEqual([0.25]);
  expect(scoresOf(report, unexplained === undefined ? [] : [unexplained]).map(shareOf)).toEqual([
    0.5,
  ]);
  expect(scoresOf(report, []).map(shareOf)).toEqual([1]);
  expect(shareOf({ killed: 0, total: 2, explained: 2 })).toBe(1);
});

test('the report is cut to the files that were hunted', () => {
  expect(
    scoresOf(
      reportOn(report, () => false),
      [],
    ),
  ).toEqual([]);
  expect(reportOn(report, (file) => file === 'firewall/a.ts')).toEqual(report);
});

const page = (why: string): string =>
  [
    '# Title',
    '- a list in the preface',
    '## firewall/a.ts',
    ...survivors.flatMap((mutant) => [entryOf(mutant), why]),
  ].join('\n');

test('what is written down is read back', () => {
  const excuses = excusesOf(page('  Equal at the limit, which the type excludes.'));
  expect(excuses).toHaveLength(3);
  expect(excuses[0]).toEqual({ ...first, why: 'Equal at the limit, which the type excludes.' });
  expect(compare(survivors, excuses, new Set(['firewall/a.ts']))).toEqual({
    unexcused: [],
    stale: [],
  });
});

describe('the check bites', () => {
  test('on an entry without a reason, and on one that cannot be read', () => {
    expect(() => excusesOf(page('no indent'))).toThrow('line 4 has no reason below it');
    expect(() => excusesOf('## a.ts\n- a > b')).toThrow('line 2 is no entry');
  });

  test('on a survivor that is not listed, and on a listed one that is dead', () => {
    const dead: Excuse = { file: 'firewall/a.ts', line: '⟦gone⟧', replacement: '', why: 'it was' };
    const both = compare(survivors, [dead], new Set(['firewall/a.ts']));
    expect(both).toEqual({ unexcused: survivors, stale: [dead] });
  });

  test('on a second survivor under the reason of the first', () => {
    const twins = survivors.slice(0, 1).flatMap((mutant) => [mutant, mutant]);
    const one = excusesOf(page('  Equal at the limit.')).slice(0, 1);
    expect(compare(twins, one, new Set()).unexcused).toEqual(survivors.slice(0, 1));
    expect(compare(twins, [...one, ...one], new Set()).unexcused).toEqual([]);
  });

  test('but not on a reason for a file that was not hunted', () => {
    const other: Excuse = { file: 'signer/b.ts', line: '⟦x⟧', replacement: '', why: 'elsewhere' };
    expect(compare([], [other], new Set(['firewall/a.ts']))).toEqual({ unexcused: [], stale: [] });
  });
});

test('a file is hunted by the tests that mirror it, or mirror its family', () => {
  const tests = ['vault', 'vault-state', 'journal', 'vaults'].map(
    (name) => `tests/signer/${name}.test.ts`,
  );
  const [vault = '', state = '', journal = ''] = tests;
  expect(mirrorOf('signer/vault.ts', tests)).toEqual([vault, state]);
  expect(mirrorOf('signer/vault-wire-text.ts', tests)).toEqual([vault, state]);
  expect(mirrorOf('signer/vault-state.ts', tests)).toEqual([state]);
  expect(mirrorOf('signer/spawn.ts', tests)).toEqual([]);
  expect(mirrorOf('firewall/journal.ts', tests)).toEqual([]);
  const [words, prices] = ['words', 'prices'].map((name) => `tests/firewall/rules/${name}.test.ts`);
  expect(mirrorOf('firewall/rules/prices.ts', [prices ?? ''])).toEqual([prices, words]);
  expect(
    huntsOf(['signer/journal.ts', 'signer/spawn.ts', 'signer/journal-file.ts'], tests),
  ).toEqual(
    new Map([
      [journal, ['signer/journal.ts', 'signer/journal-file.ts']],
      ['', ['signer/spawn.ts']],
    ]),
  );
});

test('every reason in docs/mutants.md is about a line that is still there', () => {
  const gone = excusesOf(read('docs/mutants.md').text).filter(({ file, ...excuse }) => {
    if (!existsSync(join(ROOT, file))) return true;
    const flat = read(file).text.replaceAll(/\s+/g, ' ');
    return !flat.includes(lineOf({ file, ...excuse }));
  });
  expect(gone).toEqual([]);
});
