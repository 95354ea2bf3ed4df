/** A model's file that is another one when its process is started again. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLlamaCpp } from '../../../agents/runtimes/llama-cpp.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-swapped-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('is not loaded in the name of the first; the first is welcome back', async () => {
  const file = join(dir, 'model.gguf');
  const [first, second] = [await tinyGguf(), await tinyGguf({ seed: 2 })];
  copyFileSync(first, file);
  const runtime = await openLlamaCpp({ file, options: { concurrency: 1, keepAliveMs: null } });
  const measure = () => runtime.measure([{ role: 'user', content: 'Which way?' }]);
  const kill = async (): Promise<void> => {
    process.kill(runtime.processId ?? 0, 'SIGKILL');
    await expect.poll(() => runtime.processId).toBeNull();
  };
  try {
    await measure();
    copyFileSync(second, file);
    await kill();
    await expect(measure()).rejects.toMatchObject({ code: 'MODEL_NOT_FIT' });
    copyFileSync(first, file);
    expect((await measure()).atMost).toBeGreaterThan(0);
  } finally {
    await runtime.close();
  }
}, 60_000);
