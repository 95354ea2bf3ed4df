/** What the firewall's register is told of a model: a name it can read, the weights' own hash, and nothing that nobody knows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, hash, modelCodec, name } from '#firewall';
import { RUNTIME_KINDS, type ModelIdentity } from '../../agents/runtimes/contract.ts';
import { artefactOf, modelIdOf, modelRecordsOf, pinnedModelCodec } from '../../bin/pinned-model.ts';

const DIGEST = 'ab12'.repeat(16);
const identity = (changes: Partial<ModelIdentity> = {}): ModelIdentity => ({
  runtime: 'llama.cpp',
  runtimeVersion: '1',
  model: 'qwen3-4b',
  digest: DIGEST,
  quantisation: 'Q4_K_M',
  parameters: 4_000_000_000,
  contextMax: 32_768,
  ...changes,
});

describe('the name', () => {
  test.each([
    [{}, 'llama.cpp/qwen3-4b@ab12ab12ab12'],
    [{ runtime: 'ollama', digest: `sha256:${DIGEST}` }, 'ollama/qwen3-4b@ab12ab12ab12'],
    [{ runtime: 'openai', digest: null }, 'openai/qwen3-4b@unknown'],
    [{ model: 'my model (ü)' }, 'llama.cpp/my-model----@ab12ab12ab12'],
  ] as const)('%j is %s', (changes, id) => {
    expect(modelIdOf(identity(changes))).toBe(id);
  });
  test('whatever a model is called, the firewall can read its name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...RUNTIME_KINDS),
        (model, runtime) => {
          expect(decode(name, modelIdOf(identity({ model, runtime }))).ok).toBe(true);
        },
      ),
    );
  });
});

describe('the weights', () => {
  test('are their own hash, however a server spells it', () => {
    expect(artefactOf(identity())).toBe(DIGEST);
    expect(artefactOf(identity({ digest: `sha256:${DIGEST.toUpperCase()}` }))).toBe(DIGEST);
  });
  test('without one they are what the server says of itself; another name is another model', () => {
    const [a, b] = ['a', 'b'].map((model) => artefactOf(identity({ model, digest: null })));
    expect(decode(hash, a).ok).toBe(true);
    expect(a).not.toBe(b);
    expect(artefactOf(identity({ digest: 'v3' }))).not.toBe(artefactOf(identity({ digest: 'v4' })));
  });
});

describe('the register', () => {
  const spec = { kind: 'llama.cpp', name: '/x.gguf', url: null, adapters: [] } as const;
  const pinned = {
    id: modelIdOf(identity()),
    artefact: artefactOf(identity()),
    spec,
    identity: identity(),
    choosesTools: false,
    dimensions: 64,
  };
  test('is empty without a model', () => {
    expect(modelRecordsOf(null)).toEqual([]);
  });
  test('holds it as a challenger that is good for paper, of an age that no rule lets through', () => {
    const [record] = modelRecordsOf(pinned);
    expect(record).toMatchObject({
      id: pinned.id,
      role: 'challenger',
      trainedUntil: 0,
      drift: 'ok',
    });
    expect(decode(modelCodec, record).ok).toBe(true);
  });
  test('the pin reads back as it was written', () => {
    const read = decode(
      pinnedModelCodec,
      JSON.parse(JSON.stringify(pinnedModelCodec.write(pinned))),
    );
    expect(read).toEqual({ ok: true, value: pinned });
  });
});
