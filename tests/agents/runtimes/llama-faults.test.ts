/** llama.cpp with bad files, bad moments and bad company: each ends in a code, and none of them in a hang. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openLlamaCpp, type LlamaCppRuntime } from '../../../agents/runtimes/llama-cpp.ts';
import { tinyAdapter, tinyGguf } from '../../support/tiny-gguf.ts';
import { asked, codeOf, schemaOf } from './conformance.ts';

const OPTIONS = { concurrency: 1, keepAliveMs: null };
const never = (): AbortSignal => new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'airlock-gguf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, bytes: Buffer | string): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function ended(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && alive(pid); tries += 1) await wait(25);
  return !alive(pid);
}

function pidOf(runtime: LlamaCppRuntime): number {
  if (runtime.processId === null) throw new Error('there is no inference process');
  return runtime.processId;
}

describe('a file that is no model', () => {
  const refusal = async (file: string, adapters: readonly string[] = []): Promise<string> =>
    openLlamaCpp({ file, adapters, options: OPTIONS }).then(
      async (runtime) => {
        await runtime.close();
        return 'opened';
      },
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'odd'),
    );
  const whole = (): Promise<Buffer> => tinyGguf().then((file) => readFileSync(file));
  /** The same file under another key of the same length, so that nothing else moves. */
  const renamed = (bytes: Buffer, from: string, to: string): Buffer => {
    const changed = Buffer.from(bytes);
    changed.write(to, changed.indexOf(from), 'latin1');
    return changed;
  };

  test('is missing', async () => {
    expect(await refusal(join(folder, 'none.gguf'))).toBe('MODEL_NOT_FOUND');
  });
  test('is a folder', async () => {
    expect(await refusal(folder)).toBe('MODEL_NOT_FIT');
  });
  test('is not a GGUF', async () => {
    expect(await refusal(fileOf('notes.gguf', 'no model at all'))).toBe('MODEL_NOT_FIT');
  });
  test('ends in its weights', async () => {
    const bytes = await whole();
    const half = bytes.subarray(0, bytes.length / 2);
    expect(await refusal(fileOf('half.gguf', half))).toBe('MODEL_NOT_FIT');
  });
  test('ends in its head', async () => {
    const bytes = await whole();
    expect(await refusal(fileOf('head.gguf', bytes.subarray(0, 900)))).toBe('MODEL_NOT_FIT');
  });
  test('has no chat template, as models that only embed have none', async () => {
    const bytes = renamed(await whole(), 'tokenizer.chat_template', 'tokenizer.shut_template');
    expect(await refusal(fileOf('mute.gguf', bytes))).toBe('MODEL_NOT_FIT');
  });
  test('has a template that cannot be followed', async () => {
    const bytes = renamed(await whole(), '{%- for message in', '{%- fox message in');
    expect(await refusal(fileOf('garbled.gguf', bytes))).toBe('MODEL_NOT_FIT');
  });
  test('speaks in channels', async () => {
    const bytes = renamed(
      await whole(),
      "{{- '<|im_start|>assistant",
      "{{- '<|channel|>assistants",
    );
    expect(await refusal(fileOf('channels.gguf', bytes))).toBe('MODEL_NOT_FIT');
  });
  test('is an adapter that is missing, or is none', async () => {
    const file = await tinyGguf();
    expect(await refusal(file, [join(folder, 'none.gguf')])).toBe('MODEL_NOT_FOUND');
    expect(await refusal(file, [file])).toBe('MODEL_NOT_FIT');
  });
});

describe('an inference process', () => {
  let runtime: LlamaCppRuntime;
  const long = asked({
    schema: { type: 'string', minLength: 1_900 },
    contextTokens: 6_000,
    answerTokensMax: 5_000,
  });

  beforeAll(async () => {
    process.env['AIRLOCK_OPENAI_KEY'] = 'not-for-the-child';
    runtime = await openLlamaCpp({ file: await tinyGguf({ ends: 'never' }), options: OPTIONS });
  });
  afterAll(async () => {
    delete process.env['AIRLOCK_OPENAI_KEY'];
    await runtime.close();
  });

  test.runIf(process.platform === 'linux')('stands back, and knows no secret', () => {
    const pid = pidOf(runtime);
    expect(getPriority(pid)).toBeGreaterThan(0);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('not-for-the-child');
  });

  test('that dies in the middle of an answer is started again for the next', async () => {
    const pid = pidOf(runtime);
    const call = codeOf(runtime.ask(long, never()));
    await wait(100);
    process.kill(pid, 'SIGKILL');
    expect(await call).toBe('RUNTIME_DOWN');
    const next = await runtime.ask(asked(), never());
    expect(next.text).toMatch(/^\{/);
    expect(next.metrics.loadMs).toBeGreaterThan(0);
    expect(pidOf(runtime)).not.toBe(pid);
  });

  test('that hangs is ended at the deadline, and started again for the next', async () => {
    const pid = pidOf(runtime);
    process.kill(pid, 'SIGSTOP');
    expect(await codeOf(runtime.ask(asked({ deadlineMs: 200 }), never()))).toBe('CALL_TIMED_OUT');
    await expect(runtime.heartbeat(AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'RUNTIME_DOWN',
    });
    expect(await ended(pid)).toBe(true);
    expect((await runtime.ask(asked(), never())).text).toMatch(/^\{/);
  });

  test('cuts an answer that never ends', async () => {
    const endless = asked({ schema: null, answerTokensMax: 1_500 });
    expect(await codeOf(runtime.ask(endless, never()))).toBe('ANSWER_CUT');
  });

  test('with an adapter holds another model', async () => {
    const adapted = await openLlamaCpp({
      file: await tinyGguf({ ends: 'never' }),
      adapters: [await tinyAdapter()],
      options: OPTIONS,
    });
    const said = (one: LlamaCppRuntime): Promise<string> =>
      one.ask(asked({ temperature: 0 }), never()).then(({ text }) => text);
    expect(await said(adapted)).not.toBe(await said(runtime));
    expect(adapted.identity.digest).not.toBe(runtime.identity.digest);
    expect(adapted.identity.model).toContain('+tiny-adapter');
    await adapted.close();
  });

  test('refuses a schema that its grammar cannot hold', async () => {
    const schema = schemaOf(z.strictObject({ at: z.string().regex(/^\d+$/) }));
    expect(await codeOf(runtime.ask(asked({ schema }), never()))).toBe('RUNTIME_REFUSED');
  });

  test('refuses a window that the model was not made for', async () => {
    expect(await codeOf(runtime.ask(asked({ contextTokens: 9_000 }), never()))).toBe(
      'MODEL_NOT_FIT',
    );
  });
});

describe('an idle model', () => {
  test('is let go, and comes back when asked', async () => {
    const runtime = await openLlamaCpp({
      file: await tinyGguf(),
      options: { concurrency: 1, keepAliveMs: 50 },
    });
    const pid = pidOf(runtime);
    const first = await runtime.ask(asked(), never());
    expect(first.metrics.loadMs).toBe(0);
    expect(await ended(pid)).toBe(true);
    expect(runtime.processId).toBeNull();
    await expect(runtime.heartbeat(never())).resolves.toBeUndefined();
    expect(runtime.processId).toBeNull();
    const again = await runtime.ask(asked(), never());
    expect(again.text).toBe(first.text);
    expect(again.metrics.loadMs).toBeGreaterThan(0);
    await runtime.close();
  });
});

describe('a house that goes', () => {
  const script = (end: string): string => `
    import { openLlamaCpp } from ${JSON.stringify(join(import.meta.dirname, '../../../agents/runtimes/llama-cpp.ts'))};
    const runtime = await openLlamaCpp({ file: process.argv[1], options: ${JSON.stringify(OPTIONS)} });
    process.stdout.write(String(runtime.processId) + '\\n');
    ${end}`;

  test.each([
    ['killed', 'setInterval(() => undefined, 1_000);', true],
    ['by itself, without a word', '', false],
  ])('takes the inference process with it: %s', async (_, end, kill) => {
    const house = spawn(
      process.execPath,
      ['--input-type=module', '-e', script(end), await tinyGguf()],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said] = (await once(house.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    if (kill) house.kill('SIGKILL');
    if (house.exitCode === null && house.signalCode === null) await once(house, 'exit');
    expect(await ended(pid)).toBe(true);
  });
});
