/** The process that holds keys loads no network, no queue and no language model: its whole import closure is walked. */
import { describe, expect, test } from 'vitest';
import { closureOf, escapes, folderFiles, type Limits } from './closure.ts';

const ENTRY = 'signer/vault-main.ts';

/** An allow-list: a builtin that Node adds tomorrow is refused until somebody has thought about it. */
const BUILTINS =
  `assert assert/strict buffer constants crypto events fs fs/promises os path perf_hooks process
  string_decoder timers timers/promises url util`
    .split(/\s+/)
    .map((name) => `node:${name}`);

const LIMITS: Limits = {
  ours: /^(?:signer|firewall)\//,
  packages: /^@noble\//,
  builtins: new Set(BUILTINS),
};

const vault = closureOf(ENTRY, LIMITS);

test('the vault reaches only what it is allowed to', () => {
  expect(vault.faults).toEqual([]);
});

test('the walk really walked: judge, journal and curve are part of the vault', () => {
  const files = [...vault.files];
  expect(files).toEqual(expect.arrayContaining([ENTRY, 'firewall/index.ts', 'firewall/judge.ts']));
  expect(folderFiles(vault, 'signer').length).toBeGreaterThan(5);
  expect(files.filter((file) => file.includes('@noble/secp256k1'))).not.toEqual([]);
});

test('no file of the vault has the name of something it must not know', () => {
  const strangers = /langchain|onnx|llama|ollama|bullmq|ioredis|(?:^|\/)pg\/|openai|sqlite|ccxt/;
  expect([...vault.files].filter((file) => strangers.test(file))).toEqual([]);
});

describe('the walk bites', () => {
  const walk = (files: Readonly<Record<string, string>>): readonly string[] =>
    closureOf(ENTRY, LIMITS, (file) => files[file] ?? null).faults;

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['a missing entry', {}, [`${ENTRY} does not exist`]],
    [
      'a network two files away',
      {
        [ENTRY]: `import './a.ts';`,
        'signer/a.ts': `export { b } from './b.ts';`,
        'signer/b.ts': `import net from 'node:net';`,
      },
      ['signer/b.ts reaches node:net'],
    ],
    [
      'a way round the barrel',
      {
        [ENTRY]: `import '#firewall';`,
        'firewall/index.ts': `import '../agents/plan.ts';`,
        'agents/plan.ts': '',
      },
      ['agents/plan.ts is out of bounds'],
    ],
    ['a queue', { [ENTRY]: `import { Queue } from 'bullmq';` }, [`${ENTRY} reaches bullmq`]],
    [
      'a model, loaded late',
      { [ENTRY]: `await import('@langchain/core');` },
      [`${ENTRY} reaches @langchain/core`],
    ],
    [
      'a computed import',
      { [ENTRY]: 'await import(where);' },
      [`${ENTRY} imports what it computes`],
    ],
    [
      'a builtin without its prefix',
      { [ENTRY]: `import http from 'http';` },
      [`${ENTRY} reaches http`],
    ],
    [
      'an import of types that is kept',
      { [ENTRY]: `import { type Server } from 'node:net';` },
      [`${ENTRY} reaches node:net`],
    ],
    [
      'a package that is not there',
      { [ENTRY]: `import '@noble/nothing';` },
      [`${ENTRY} names @noble/nothing, which is not installed`],
    ],
    [
      'a global',
      { [ENTRY]: `const f = fetch; new globalThis.WebSocket('x');` },
      [`${ENTRY} names fetch`, `${ENTRY} names WebSocket`],
    ],
    [
      'a way round imports',
      { [ENTRY]: `process.getBuiltinModule('net');` },
      [`${ENTRY} names getBuiltinModule`],
    ],
  ])('on %s', (_, files, faults) => {
    expect(walk(files)).toEqual(faults);
  });

  test('but not on types, which are gone before it runs', () => {
    expect(
      walk({ [ENTRY]: `import type { Queue } from 'bullmq'; export type A = import('pg').Pool;` }),
    ).toEqual([]);
    expect(escapes(`const words = { fetch: 1 }; const said = 'fetch';`)).toEqual([]);
  });
});
