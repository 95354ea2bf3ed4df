/** Names, lengths, first lines, and the few pieces of syntax the house does without. */
import { describe, expect, test } from 'vitest';
import * as shape from './shape.ts';
import { code, strays, texts, type Source } from './sources.ts';

type Rule = (source: Source) => readonly string[];

const RULES: readonly (readonly [name: string, files: readonly Source[], rule: Rule])[] = [
  ['names are kebab-case and say something', code, shape.badNames],
  ['no file outgrows a reader', code, shape.tooLong],
  ['no function outgrows a screen', code, shape.longFunctions],
  ['the first line says what the file is for', code, shape.withoutPurpose],
  ['nothing that Node cannot strip', code, shape.unstrippable],
  ['no empty catch', code, shape.emptyCatches],
  ['only judge.ts mints an ApprovedOrder', code, shape.mintsApproval],
  ['no mocks of our own code', code, shape.mocks],
];

test.each(RULES)('%s', (_, files, rule) => {
  expect(files.length).toBeGreaterThan(0);
  expect(strays(files, rule)).toEqual([]);
});

test('the ratchet holds only files that are still too long', () => {
  const long = code
    .filter(({ text }) => text.trimEnd().split('\n').length > shape.LINES_MAX)
    .map(({ file }) => file);
  expect(Object.keys(shape.RATCHET).filter((file) => !long.includes(file))).toEqual([]);
});

test('both lists of files hold this one', () => {
  const here = 'tests/tidy/shape.test.ts';
  expect(code.map(({ file }) => file)).toContain(here);
  expect(texts.map(({ file }) => file)).toEqual(
    expect.arrayContaining([here, 'package.json', '.gitignore']),
  );
});

const lines = (count: number): string => Array.from({ length: count }, () => '1;').join('\n');
const inFunction = (count: number): string => `const f = () => {\n${lines(count)}\n};`;

describe('the rules bite', () => {
  test.each<[Rule, string, string, readonly string[]]>([
    [shape.badNames, 'lab/fitModel.ts', '', ['"fitModel" is not kebab-case']],
    [shape.badNames, 'lab/string-utils.ts', '', ['"utils" says nothing']],
    [shape.badNames, 'lab/common/fit.ts', '', ['"common" says nothing']],
    [shape.badNames, 'tests/lab/fit-model.test.ts', '', []],
    [shape.tooLong, 'lab/a.ts', lines(300), []],
    [shape.tooLong, 'lab/a.ts', lines(301), ['301 lines, at most 300']],
    [shape.tooLong, 'tests/lab/a.test.ts', lines(501), ['501 lines, at most 500']],
    [shape.longFunctions, 'lab/a.ts', inFunction(58), []],
    [shape.longFunctions, 'lab/a.ts', `\n${inFunction(59)}`, ['a function of 61 lines at line 2']],
    [shape.unstrippable, 'lab/a.ts', 'enum Side { Buy }', ['enum']],
    [shape.unstrippable, 'lab/a.ts', 'namespace N { export const a = 1; }', ['namespace']],
    [
      shape.unstrippable,
      'lab/a.ts',
      'class A { constructor(readonly b: 1) {} }',
      ['parameter property'],
    ],
    [shape.unstrippable, 'lab/a.ts', '@sealed class A {}', ['decorator']],
    [shape.emptyCatches, 'lab/a.ts', 'try { f(); } catch { /* fine */ }', ['an empty catch']],
    [shape.emptyCatches, 'lab/a.ts', 'try { f(); } catch { g(); }', []],
    [
      shape.mintsApproval,
      'signer/a.ts',
      'const x = y as ApprovedOrder;',
      ['mints an ApprovedOrder'],
    ],
    [
      shape.mintsApproval,
      'gate/a.ts',
      'const x = y as unknown as f.ApprovedOrder;',
      ['mints an ApprovedOrder'],
    ],
    [
      shape.mintsApproval,
      'gate/a.ts',
      'const is = (x: unknown): x is ApprovedOrder => true;',
      ['mints an ApprovedOrder'],
    ],
    [shape.mintsApproval, 'gate/a.ts', 'const send = (x: ApprovedOrder) => x;', []],
    [shape.mintsApproval, 'firewall/judge.ts', 'const x = y as ApprovedOrder;', []],
    [shape.mocks, 'tests/a.test.ts', "vi.mock('./a.ts');", ['mocks a module']],
  ])('%o on %s', (rule, file, text, expected) => {
    expect(rule({ file, text })).toEqual(expected);
  });

  test.each([
    ['export const a = 1;', false],
    ['/** Fits. */', false],
    ['// The bars of a market, oldest first.', true],
    ['/** The bars of a market, oldest first. */', true],
    ['/**\n * The bars of a market, oldest first.\n */', true],
    ['#!/usr/bin/env node\n/** The command line of the house. */', true],
  ])('a first line like %j', (text, good) => {
    expect(shape.withoutPurpose({ file: 'a.ts', text }).length === 0).toBe(good);
  });
});
