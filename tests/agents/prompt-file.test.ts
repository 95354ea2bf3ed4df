/** Prompts as files: strict to read, strict to fill, and the same text under the same hash. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashText } from '#firewall';
import { loadPrompt, parsePrompt, PROMPTS, renderPrompt } from '../../agents/prompt-file.ts';
import { read } from '../tidy/sources.ts';

const text =
  'name: trial\nversion: 3\nvalues: a, b\n\n# system\nYou are {{a}}.\n\n# user\n{{a}}{{b}}\nend\n';

describe('the files', () => {
  it.each(PROMPTS)('%s is whole, and its hash is that of the file', (name) => {
    const prompt = loadPrompt(name);
    const file = read(`prompts/${name}.md`).text;
    expect(prompt).toMatchObject({ name, text: file, hash: hashText(file) });
    expect(prompt.version).toMatch(/^\d+$/);
    expect(loadPrompt(name)).toBe(prompt);
  });
  it.each(PROMPTS)('%s is short and plain: a small model has to read it', (name) => {
    const { text: file } = loadPrompt(name);
    expect(file.length).toBeLessThan(1_500);
    expect(file).toMatch(/^[\n -~]+$/);
  });
});

describe('reading', () => {
  it('takes name, version and text apart', () => {
    expect(parsePrompt(text)).toMatchObject({ name: 'trial', version: '3', hash: hashText(text) });
  });
  it.each([
    ['no header', text.slice(text.indexOf('#'))],
    ['another order', text.replace('name: trial\nversion: 3', 'version: 3\nname: trial')],
    ['a version in words', text.replace('3', 'three')],
    ['a key too many', text.replace('values', 'author: me\nvalues')],
    ['an unknown placeholder', text.replace('{{b}}', '{{c}}')],
    ['a value that is not used', text.replace('{{b}}', '')],
    ['a value twice', text.replace('a, b', 'a, b, a')],
    ['a placeholder with spaces', text.replace('{{b}}', '{{ b }}')],
    ['no user part', text.slice(0, text.indexOf('# user'))],
    ['no end of line', text.trimEnd()],
  ])('refuses %s', (_what, bad) => {
    expect(() => parsePrompt(bad)).toThrow('invariant broken');
  });
});

describe('filling', () => {
  const prompt = parsePrompt(text);
  it('puts values where they belong, a list as lines', () => {
    expect(renderPrompt(prompt, { a: 'x', b: ['1', '2'] })).toEqual([
      { role: 'system', content: 'You are x.' },
      { role: 'user', content: 'x1\n2\nend' },
    ]);
  });
  it('writes an empty list as none', () => {
    expect(renderPrompt(prompt, { a: 'x', b: [] })[1]!.content).toBe('xnone\nend');
  });
  it('refuses a missing value and one too many', () => {
    expect(() => renderPrompt(prompt, { a: 'x' })).toThrow('was not given b');
    expect(() => renderPrompt(prompt, { a: 'x', b: 'y', c: 'z' })).toThrow('has no value c');
  });
  it.each(['a\nb', 'a\rb', 'a\u2028b', 'a\u0000b', 'a\u202eb', 'a\u200bb', 'a\u007fb'])(
    'refuses a line that hides something: %j',
    (line) => {
      expect(() => renderPrompt(prompt, { a: 'x', b: [line] })).toThrow('more than one line');
    },
  );
  it('never expands what a value says', () => {
    fc.assert(
      fc.property(fc.constantFrom('{{a}}', '{{b}}', '$&', '$1', '$$', '# user', '\\n'), (value) => {
        const [, user] = renderPrompt(prompt, { a: 'x', b: value });
        expect(user!.content).toBe(`x${value}\nend`);
      }),
    );
  });
});
