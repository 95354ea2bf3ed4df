/** The firewall is total, pure and synchronous; so is every other folder of plain arithmetic. */
import { describe, expect, test } from 'vitest';
import { impurities } from './purity.ts';
import { code, folderOf, strays } from './sources.ts';

const PURE = ['firewall', 'stats'];

test.each(PURE)('%s/ names nothing impure', (folder) => {
  const files = code.filter(({ file }) => folderOf(file) === folder);
  expect(strays(files, ({ text }) => impurities(text))).toEqual([]);
});

describe('the rule bites', () => {
  test.each([
    ['const now = Date.now();', 'names Date'],
    ['const at = new Date();', 'names Date'],
    ['const x = Math.random();', 'names .random'],
    ["const x = Math['random']();", 'names .random'],
    ['const { random: chance } = Math;', 'names .random'],
    ['const clocks = { Date };', 'names Date'],
    ["console.log('hello');", 'names console'],
    ['const home = process.env;', 'names process'],
    ["const x = `${fetch('here')}`;", 'names fetch'],
    ['setTimeout(() => 1, 2);', 'names setTimeout'],
    ['const x = globalThis;', 'names globalThis'],
    ["eval('1');", 'names eval'],
    ["require('x');", 'names require'],
    ["const x = import('x');", 'imports dynamically'],
    ['const x = import.meta.url;', 'names import.meta'],
    ['async function f() {}', 'is asynchronous'],
    ['const f = async () => 1;', 'is asynchronous'],
    ['let calls = 0;', 'keeps state between calls'],
    ['export let calls = 0;', 'keeps state between calls'],
    ["'a'.localeCompare('b');", 'names .localeCompare'],
    ["const f = (() => 1).constructor('return 1');", 'names .constructor'],
  ])('%s', (text, why) => {
    expect(impurities(text)).toEqual([why]);
  });

  test.each([
    "// Date.now() is not ours to call\nconst why = 'no process, no Date';",
    'const x = { process: 1, Date: 2 }; const y = x.process + x.Date;',
    'function f() { let n = 0; n += 1; return n; }',
    'const abs = Math.abs(1);',
  ])('but not on: %s', (text) => {
    expect(impurities(text)).toEqual([]);
  });
});
