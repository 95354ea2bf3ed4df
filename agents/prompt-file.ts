/** Prompts as files: a strict header, a system and a user part, and placeholders that only code fills. */
import { readFileSync } from 'node:fs';
import { assert, hashText } from '#firewall';
import type { Prompt } from './contract.ts';
import type { Message } from './runtimes/contract.ts';

export const PROMPTS = ['sentiment', 'technical', 'planner', 'repair', 'tools'] as const;
export type PromptName = (typeof PROMPTS)[number];

/** One value: a line, or several of them. Every one was made by code from typed values. */
export type PromptValues = Readonly<Record<string, string | readonly string[]>>;

type Parts = Readonly<{ values: readonly string[]; system: string | null; user: string }>;

const HEADER = /^name: ([a-z-]+)\nversion: (\d+)\nvalues: ([a-z]+(?:, [a-z]+)*)\n\n/;
const BODY = /^(?:# system\n([^]*?)\n\n)?# user\n([^]*)\n$/;
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
/** What no line of a prompt may hold: it would end the line, or hide what the line says. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}]/u;

const loaded = new Map<PromptName, Prompt>();

/** The prompt of that name as it lies on the disk; read once. */
export function loadPrompt(name: PromptName): Prompt {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`../prompts/${name}.md`, import.meta.url), 'utf8');
  const prompt = parsePrompt(text);
  assert(prompt.name === name, `the prompt in ${name}.md calls itself ${prompt.name}`);
  loaded.set(name, prompt);
  return prompt;
}

/** A prompt that is not exactly one is our own bug: it never reaches a model. */
export function parsePrompt(text: string): Prompt {
  const [, name = '', version = ''] = HEADER.exec(text) ?? [];
  partsOf(text);
  return { name, version, hash: hashText(text), text };
}

function partsOf(text: string): Parts {
  const header = HEADER.exec(text);
  assert(header !== null, 'a prompt begins with its name, version and values');
  const body = BODY.exec(text.slice(header[0].length));
  assert(body !== null, 'a prompt has a user part, and before it at most a system part');
  const values = (header[3] ?? '').split(', ');
  const [, system = null, user = ''] = body;
  const used = [...`${system ?? ''}\n${user}`.matchAll(PLACEHOLDER)].map(([, value]) => value);
  assert(new Set(values).size === values.length, 'a prompt names each of its values once');
  for (const value of used)
    assert(values.includes(value ?? ''), `the placeholder ${value} is not among the values`);
  for (const value of values) assert(used.includes(value), `the value ${value} is not used`);
  return { values, system, user };
}

/** What is sent. A missing value, one too many, or one that could hide something is our own bug. */
export function renderPrompt(prompt: Prompt, given: PromptValues): readonly Message[] {
  const { values, system, user } = partsOf(prompt.text);
  for (const name of Object.keys(given))
    assert(values.includes(name), `the prompt ${prompt.name} has no value ${name}`);
  const fill = (text: string): string =>
    // A function, so that no dollar sign in a value means anything.
    text.replaceAll(PLACEHOLDER, (_whole, name: string) => textOf(prompt, name, given));
  const messages: Message[] = [{ role: 'user', content: fill(user) }];
  if (system !== null) messages.unshift({ role: 'system', content: fill(system) });
  return messages;
}

function textOf(prompt: Prompt, name: string, given: PromptValues): string {
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  assert(value !== undefined, `the prompt ${prompt.name} was not given ${name}`);
  const lines = typeof value === 'string' ? [value] : value;
  assert(!lines.some((line) => UNFIT.test(line)), `the value ${name} holds more than one line`);
  // A model that sees an empty list may take what follows for its first entry.
  return lines.length === 0 ? 'none' : lines.join('\n');
}
