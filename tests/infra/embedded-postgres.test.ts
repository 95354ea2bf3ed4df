/** Where the embedded Postgres keeps its files: a place of our own, or none. */
import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeHome } from '../../infra/embedded-postgres.ts';

const SOMEBODY = 61_000;
const POSTGRES = { uid: 61_001, gid: 61_001 };
const asRoot = process.getuid?.() === 0;
const refused = expect.objectContaining({ code: 'POSTGRES_START_FAILED' });
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-home-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the home of the embedded Postgres', () => {
  test('is made, closed to others, and found again', () => {
    const home = join(folder, 'deep', 'home');
    makeHome(home, {});
    makeHome(home, {});
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  test('is never what a link that somebody left there points to', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(folder, 'home'));
    expect(() => makeHome(join(folder, 'home'), asRoot ? POSTGRES : {})).toThrow(refused);
    expect(lstatSync(elsewhere).uid).toBe(process.getuid?.() ?? 0);
  });

  test.runIf(asRoot)('is never a folder of somebody else, and is handed to its user', () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    chownSync(home, SOMEBODY, SOMEBODY);
    expect(() => makeHome(home, POSTGRES)).toThrow(refused);
    const own = join(folder, 'own');
    makeHome(own, POSTGRES);
    makeHome(own, POSTGRES);
    expect(lstatSync(own).uid).toBe(POSTGRES.uid);
  });
});
