/** What the house takes in from others: exact versions, a lockfile that pins content, and a reason on paper for each. */
import { describe, expect, test } from 'vitest';
import { read, texts } from './sources.ts';

type Entry = Readonly<{
  version?: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
}>;
type Manifest = Entry & Readonly<{ allowScripts: Readonly<Record<string, boolean>> }>;
type Lock = Readonly<{ packages: Readonly<Record<string, Entry>> }>;

const manifest = JSON.parse(read('package.json').text) as Manifest;
const lock = JSON.parse(read('package-lock.json').text) as Lock;
const direct = { ...manifest.dependencies, ...manifest.devDependencies };

const inexact = (wanted: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(wanted).flatMap(([name, version]) => (/^\d[\w.+-]*$/.test(version) ? [] : [name]));

/** Entries that would let content change under the same name, or that say where it was fetched from. */
const loose = (packages: Lock['packages']): readonly string[] =>
  Object.entries(packages)
    .filter(([path]) => path !== '')
    .filter(([, entry]) => !entry.version || !entry.integrity || entry.resolved !== undefined)
    .map(([path]) => path);

const unreviewed = ({ packages }: Lock, allowed: Manifest['allowScripts']): readonly string[] =>
  Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .filter((name) => allowed[name] === undefined);

const undecided = (names: readonly string[], pages: string): readonly string[] =>
  names.filter((name) => !pages.includes(`\`${name}\``));

test('every direct dependency is pinned to one version', () => {
  expect(inexact(direct)).toEqual([]);
});

test('the lockfile pins the content of every package, and names no address', () => {
  expect(loose(lock.packages)).toEqual([]);
});

test('the lockfile was made from this package.json', () => {
  const { dependencies, devDependencies } = lock.packages[''] ?? {};
  expect({ ...dependencies, ...devDependencies }).toEqual(direct);
});

test('every install script was looked at', () => {
  expect(unreviewed(lock, manifest.allowScripts)).toEqual([]);
});

test('every direct dependency has its page in docs/adr', () => {
  const pages = texts.filter(({ file }) => file.startsWith('docs/adr/'));
  expect(undecided(Object.keys(direct), pages.map(({ text }) => text).join('\n'))).toEqual([]);
});

describe('the rules bite', () => {
  test('on a range', () => {
    expect(inexact({ a: '^1.0.0', b: 'latest', c: '1.0.0-beta.1', d: '*' })).toEqual([
      'a',
      'b',
      'd',
    ]);
  });

  test('on an entry without a hash or with an address', () => {
    const pinned = { version: '1.0.0', integrity: 'sha512-a' };
    expect(
      loose({
        '': {},
        'node_modules/a': pinned,
        'node_modules/b': { version: '1.0.0' },
        'node_modules/c': { ...pinned, resolved: 'somewhere' },
      }),
    ).toEqual(['node_modules/b', 'node_modules/c']);
  });

  test('on a script that nobody allowed or denied', () => {
    const packages = { 'node_modules/x/node_modules/@a/b': { hasInstallScript: true } };
    expect(unreviewed({ packages }, {})).toEqual(['@a/b']);
    expect(unreviewed({ packages }, { '@a/b': false })).toEqual([]);
  });

  test('on a dependency without a page', () => {
    expect(undecided(['a', 'b'], 'we take `a` for its speed')).toEqual(['b']);
  });
});
