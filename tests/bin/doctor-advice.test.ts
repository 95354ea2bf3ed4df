/** What the doctor advises: each piece of advice given, and not given one step before. */
import { describe, expect, test } from 'vitest';
import { sizingTable } from '../../agents/sizing.ts';
import { ADVICE_CODES, adviceFor, type Findings } from '../../bin/doctor-advice.ts';

const WELL: Findings = {
  machine: {
    platform: 'linux',
    node: 'v26',
    cpu: 'a processor',
    threads: 8,
    physicalCores: 4,
    memoryBytes: 32e9,
    freeBytes: 2e9,
    memoryLimitBytes: null,
    diskFreeBytes: 2e9,
    gpus: [],
  },
  installBytes: 1e9,
  ollama: { ok: false, code: 'OLLAMA_NOT_THERE', detail: 'nothing answers' },
  environment: {},
  gpuBuild: false,
  contextTokens: 4_096,
  concurrency: 1,
  model: 'gguf:model.gguf',
  problem: null,
  tokensPerSecond: 15,
  contextMax: 4_096,
  sizes: sizingTable({ memoryBytes: 32e9, gpuBytes: null }, 4_096),
};
const GPU = { name: 'a card', memoryBytes: 24e9, freeBytes: 20e9 };
const ollama = { ...WELL, model: 'ollama:qwen3:4b', concurrency: 2 };
const withMachine = (change: Partial<Findings['machine']>): Findings => ({
  ...WELL,
  machine: { ...WELL.machine, ...change },
});

const codes = (findings: Findings): readonly string[] =>
  adviceFor(findings).map(({ code }) => code);

const CASES: readonly (readonly [string, Findings, Findings])[] = [
  ['MODEL_MISSING', { ...WELL, model: null, tokensPerSecond: null }, WELL],
  ['MODEL_UNUSABLE', { ...WELL, problem: 'RUNTIME_DOWN' }, WELL],
  ['MODEL_SLOW', { ...WELL, tokensPerSecond: 14.9 }, WELL],
  ['CONTEXT_ABOVE_MODEL', { ...WELL, contextMax: 4_095 }, WELL],
  ['GPU_UNUSED', withMachine({ gpus: [GPU] }), { ...withMachine({ gpus: [GPU] }), gpuBuild: true }],
  ['OLLAMA_PARALLEL_LOW', ollama, { ...ollama, environment: { OLLAMA_NUM_PARALLEL: '2' } }],
  ['MEMORY_LOW', withMachine({ freeBytes: 2e9 - 1 }), WELL],
  ['DISK_LOW', withMachine({ diskFreeBytes: 2e9 - 1 }), WELL],
  ['INSTALL_LARGE', { ...WELL, installBytes: 1e9 + 1 }, WELL],
];

describe('the doctor', () => {
  test.each(CASES)('says %s, and not one step before', (code, ill, well) => {
    expect(codes(ill)).toContain(code);
    expect(codes(well)).not.toContain(code);
  });

  test('has no advice that is never given', () => {
    expect(CASES.map(([code]) => code).toSorted()).toEqual([...ADVICE_CODES].toSorted());
  });

  test('names a model that an Ollama server already has', () => {
    const models = [{ name: 'qwen3:4b', bytes: 3e9, parameters: '4B', quantisation: 'Q4_K_M' }];
    const look = { ok: true, version: '0.30.5', models, loaded: [] } as const;
    const [first] = adviceFor({ ...WELL, model: null, ollama: look });
    expect(first?.text).toContain('model: ollama:qwen3:4b');
  });

  test('names the largest model that would be quick enough', () => {
    const [first] = adviceFor({ ...WELL, tokensPerSecond: 3 });
    expect(first?.text).toContain('Llama 3.2 3B Q8_0');
  });

  test('does not send a user of Ollama for a build of llama.cpp', () => {
    expect(codes({ ...withMachine({ gpus: [GPU] }), model: 'ollama:qwen3:4b' })).toEqual([]);
  });
});
