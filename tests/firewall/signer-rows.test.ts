/** Family J in the report: seven rows, each done somewhere or declared not to apply, and never silently left out. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RECHECKED, RULES, SIGNER_ROWS } from '#firewall';
import { SIGNER_CODES } from '../../signer/contract.ts';

test('there are J1 to J7, with names and codes of their own', () => {
  expect(SIGNER_ROWS.map(({ id }) => id)).toEqual(['J1', 'J2', 'J3', 'J4', 'J5', 'J6', 'J7']);
  expect(new Set(SIGNER_ROWS.map(({ name }) => name)).size).toBe(7);
  for (const { name, code, title } of SIGNER_ROWS) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(title).toMatch(/^[A-Z].*\.$/);
  }
  expect(Object.isFrozen(SIGNER_ROWS)).toBe(true);
});

test.each(SIGNER_ROWS)('$id is done in files that exist, or says why not', (row) => {
  if (row.notApplicable === null) expect(row.where.length).toBeGreaterThan(0);
  else expect([row.where, row.notApplicable.length > 40]).toEqual([[], true]);
  for (const file of row.where)
    expect([file, existsSync(new URL(`../../${file}`, import.meta.url))]).toEqual([file, true]);
});

test('only the dead-man switch does not apply, since the paper venue has none', () => {
  const declared = SIGNER_ROWS.filter(({ notApplicable }) => notApplicable !== null);
  expect(declared.map(({ id }) => id)).toEqual(['J5']);
});

test('a code is one that the signer gives, or one of a rule here', () => {
  const known = new Set<string>([...SIGNER_CODES, ...RULES.map(({ code }) => code)]);
  for (const { code, notApplicable } of SIGNER_ROWS)
    if (notApplicable === null) expect([code, known.has(code)]).toEqual([code, true]);
});

test('every rule that the vault judges again is a rule', () => {
  expect(RECHECKED).toEqual(['A7', 'C1', 'C3', 'D1', 'D4', 'H1']);
  for (const id of RECHECKED) {
    expect(RULES.map((rule) => rule.id)).toContain(id);
    expect(SIGNER_ROWS[1]?.title).toContain(id);
  }
});
