/** How facts are written: rounded to a stated number of digits, in the shortest decimal, in one order. */
import { assert, formatFixed, parseFixed } from '#firewall';
import type { Fact, FactUnit } from './contract.ts';

const NAME = /^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+){1,3}$/;
const WORD = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const NAME_LENGTH_MAX = 64;
const ABSOLUTE_MAX = 1e15;

/** The shortest decimal of a number after rounding; it has no exponent, no trailing zero and no negative zero. */
export function decimal(value: number, digits: number): string {
  assert(Number.isFinite(value) && Math.abs(value) < ABSOLUTE_MAX, 'a fact is a finite number');
  const text = value.toFixed(digits);
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short;
}

/** A number as a fact, or nothing where it is not known: what is missing is left out, never written as zero. */
export const numberFact = (
  name: string,
  value: number | null,
  { unit, digits }: Readonly<{ unit: FactUnit; digits: number }>,
): Fact | null =>
  value === null || !Number.isFinite(value) || Math.abs(value) >= ABSOLUTE_MAX
    ? null
    : { name, value: decimal(value, digits), unit };

/** An exact amount as a fact. */
export const fixedFact = (name: string, value: bigint | null, unit: FactUnit): Fact | null =>
  value === null ? null : { name, value: formatFixed(value), unit };

/** A word that came from elsewhere in the house; whatever is no plain word is left out. */
export const heardWord = (name: string, value: string | null): Fact | null =>
  value !== null && WORD.test(value) ? { name, value, unit: 'word' } : null;

export const wordFact = (name: string, value: string): Fact => ({ name, value, unit: 'word' });

/** Known facts only, in the order of their names. */
export const sorted = (facts: readonly (Fact | null)[]): readonly Fact[] =>
  facts
    .filter((fact) => fact !== null)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

/** What is wrong with a fact; null when nothing is. */
export function faultOf({ name, value, unit }: Fact): string | null {
  if (name.length > NAME_LENGTH_MAX || !NAME.test(name)) return `the name ${name}`;
  if (unit === 'word') return WORD.test(value) ? null : `the word of ${name}`;
  return parseFixed(value) === null ? `the number of ${name}` : null;
}

/** Decimals that a price on this tick can have. */
export function tickDigits(tick: bigint): number {
  const text = formatFixed(tick);
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
}

/** The number behind a numeric fact; null when it is not among them. */
export function numberOf(facts: readonly Fact[], name: string): number | null {
  const found = facts.find((fact) => fact.name === name && fact.unit !== 'word');
  return found === undefined ? null : Number(found.value);
}

/** Both lists in one order. A name that is known keeps its value: within a decision it means one thing. */
export function merged(known: readonly Fact[], added: readonly Fact[]): readonly Fact[] {
  const names = new Set(known.map(({ name }) => name));
  return sorted([...known, ...added.filter(({ name }) => !names.has(name))]);
}
