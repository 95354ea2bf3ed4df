/** The floors of the house: who may import whom, one barrel, no circle. */
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLOORS, MAY_IMPORT, strayImports } from './import-table.ts';
import { code, strays } from './sources.ts';

const floorOf = (folder: string): number => FLOORS.findIndex((floor) => floor.includes(folder));
const arrows = Object.entries(MAY_IMPORT).flatMap(([from, { folders, types = [] }]) =>
  [...folders, ...types].map((to) => [from, to] as const),
);

test('every file keeps to the import table', () => {
  expect(strays(code, strayImports)).toEqual([]);
});

test('no arrow of the table points up', () => {
  expect(
    arrows.filter(([from, to]) => !(floorOf(to) >= 0 && floorOf(to) <= floorOf(from))),
  ).toEqual([]);
});

test('no arrows of the table make a circle', () => {
  const reached = (from: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const queue = [from];
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      for (const [start, to] of arrows)
        if (start === next && !seen.has(to)) {
          seen.add(to);
          queue.push(to);
        }
    return seen;
  };
  expect(Object.keys(MAY_IMPORT).filter((folder) => reached(folder).has(folder))).toEqual([]);
});

test('there is one barrel', () => {
  const barrels = code.map(({ file }) => file).filter((file) => basename(file) === 'index.ts');
  expect(barrels).toEqual(['firewall/index.ts']);
});

describe('the rule bites', () => {
  test.each([
    ['firewall/a.ts', `import { hash } from 'node:crypto';`, 'may not import node:crypto'],
    ['firewall/hash.ts', `import { readFileSync } from 'node:fs';`, 'may not import node:fs'],
    ['firewall/a.ts', `import { z } from 'zod';`, 'may not import zod'],
    ['firewall/a.ts', `import { judge } from '#firewall';`, 'imports its own barrel'],
    ['firewall/a.ts', `export * from '../ledger/fold.ts';`, 'may not import ledger/fold.ts'],
    ['exchange/core.ts', `import { rm } from 'node:fs';`, 'may not import node:fs'],
    [
      'exchange/core.ts',
      `import { serve } from './server.ts';`,
      'the engine leans on its server (exchange/server.ts)',
    ],
    ['ledger/a.ts', `import { Pool } from 'pg';`, 'may not import pg'],
    [
      'ledger/a.ts',
      `import { judge } from '../firewall/judge.ts';`,
      'goes past the barrel to firewall/judge.ts',
    ],
    [
      'signer/a.ts',
      `import type { Lanes } from '../gate/contract.ts';`,
      'may not import gate/contract.ts',
    ],
    ['signer/a.ts', `import { Queue } from 'bullmq';`, 'may not import bullmq'],
    ['signer/venues/ccxt.ts', `import { binance } from 'ccxt';`, 'may not import ccxt'],
    ['signer/a.ts', `await import(name);`, 'imports what it computes'],
    ['market/a.ts', `type F = import('../lab/fit.ts').Fit;`, 'may not import lab/fit.ts'],
    ['infra/a.ts', `import { fold } from '../ledger/fold.ts';`, 'may not import ledger/fold.ts'],
    [
      'kitchen/a.ts',
      `import { a } from '../lab/a.ts';`,
      'is in a folder that the import table does not know',
    ],
  ])('%s: %s', (file, text, why) => {
    expect(strayImports({ file, text })).toEqual([why]);
  });

  test.each([
    ['firewall/hash.ts', `import { hash } from 'node:crypto';`],
    ['exchange/server.ts', `import { createServer } from 'node:http'; import './core.ts';`],
    ['signer/venues/ccxt.ts', `await import('ccxt');`],
    ['infra/a.ts', `import type { Entry } from '../ledger/fold.ts';`],
    ['infra/a.ts', `import { PRESETS } from '../market/contract.ts';`],
    ['bin/a.ts', `import { proofs } from '../firewall/proofs.ts';`],
    ['tests/a.ts', `import { judge } from '../firewall/judge.ts';`],
  ])('but not on %s: %s', (file, text) => {
    expect(strayImports({ file, text })).toEqual([]);
  });
});
