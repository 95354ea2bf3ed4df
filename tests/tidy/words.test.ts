/** Every text of the repository, searched for what no text of ours may say. */
import { describe, expect, test } from 'vitest';
import { strays, texts } from './sources.ts';
import { bannedWords } from './words.ts';

test('no file says what no file may say', () => {
  expect(strays(texts, bannedWords)).toEqual([]);
});

/** Written with a gap that is closed here, so that the rule does not find them in this file. */
const planted = (text: string): string => text.replaceAll('_', '');

describe('the rule bites', () => {
  test.each([
    ['// TO_DO: later', 'unfinished business at line 1'],
    ['fine\n# FIX_ME', 'unfinished business at line 2'],
    ["const data = '/wo_rk/data';", "a machine's path at line 1"],
    ['cd /ho_me/ada/airlock', "a machine's path at line 1"],
    ['https://registry.npm_js.org/yaml', "a registry's address at line 1"],
    ['// @ts_-ignore', 'a type error silenced at line 1'],
    ['// oxlint_-disable-next-line no-console', 'a lint rule off without a reason at line 1'],
  ])('%s', (text, why) => {
    expect(bannedWords({ file: 'a', text: planted(text) })).toEqual([why]);
  });

  test.each([
    'a todo list is a list of things to do',
    'src/work/data and ./tmp/x are relative',
    '// oxlint_-disable-next-line no-console -- the terminal is what this file is for',
  ])('but not on: %s', (text) => {
    expect(bannedWords({ file: 'a', text: planted(text) })).toEqual([]);
  });
});
