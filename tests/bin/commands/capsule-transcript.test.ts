/** A capsule with what a model said: shown, written, replayed, asked again; a changed word of it fails. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canonicalText, hashText, type Hash, type Json } from '#firewall';
import { openLlamaCpp } from '../../../agents/runtimes/llama-cpp.ts';
import { command as capsuleReplay } from '../../../bin/commands/capsule-replay.ts';
import { command as capsuleShow } from '../../../bin/commands/capsule-show.ts';
import type { Command } from '../../../bin/command.ts';
import { dataDir } from '../../../infra/data-dir.ts';
import { openTranscripts } from '../../../infra/transcripts.ts';
import { NOW } from '../../../firewall/proofs/amounts.ts';
import { openAnchorFile } from '../../../ledger/head-anchor.ts';
import { anchorPath } from '../../../ledger/ledger.ts';
import { dayOf, Drive } from '../../gate/scenario.ts';
import { sealed } from '../../gate/world.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';

const data = mkdtempSync(join(tmpdir(), 'airlock-capsule-'));
const { transcripts } = dataDir(data);
const file = join(data, 'one.json');
afterAll(() => rmSync(data, { recursive: true, force: true }));

const gguf = await tinyGguf();
const SCHEMA = {
  type: 'object',
  properties: { direction: { type: 'string', enum: ['up', 'down', 'none'] } },
  required: ['direction'],
  additionalProperties: false,
};
const transcript = await spokenTranscript();
const store = openTranscripts(transcripts);
const hash = store.put(transcript);
writeLedger(hash);
const ID = 'b1'.padStart(32, '0');

/** One real call of a real, tiny model, recorded as a decision records it. */
async function spokenTranscript(): Promise<Json> {
  const runtime = await openLlamaCpp({
    file: gguf,
    options: { concurrency: 1, keepAliveMs: null },
  });
  const messages = [{ role: 'user' as const, content: 'Which way? \u001B[2J' }];
  const how = { seed: 7, contextTokens: 2_048, answerTokensMax: 64, think: false };
  const { text } = await runtime.ask(
    { ...how, messages, schema: SCHEMA, tools: [], temperature: 0, deadlineMs: 60_000, lane: 'x' },
    new AbortController().signal,
  );
  const { identity } = runtime;
  await runtime.close();
  const call = {
    ...how,
    agent: 'technical',
    prompt: { name: 'technical', version: '1', hash: 'ab'.repeat(32) },
    messages,
    schema: SCHEMA,
    schemaHash: hashText(canonicalText(SCHEMA)),
    identity,
    temperatureMilli: 0,
    raw: text,
    code: null,
    problems: [],
    repair: false,
    metrics: null,
  };
  return {
    version: 1,
    id: 'x',
    desk: 'desk-a',
    graph: 'decide-1',
    troubles: [],
    evidence: { facts: [{ name: 'indicators.rsi14', value: '61.2', unit: 'ratio' }] },
    calls: [call],
  };
}

function writeLedger(named: Hash): void {
  const ledger = join(data, 'ledger', 'main.ledger');
  const { inputs, first } = dayOf(NOW);
  const proposal = { ...first, id: 'b1'.padStart(32, '0'), transcript: named };
  const letter = { lane: 'proposals' as const, payload: sealed(proposal) };
  const { disk } = new Drive().run([...inputs.slice(0, 3), letter], []).drain().world;
  mkdirSync(join(data, 'ledger'));
  writeFileSync(ledger, disk.lines.map((line) => `${line}\n`).join(''));
  const anchor = openAnchorFile(anchorPath(ledger));
  if (disk.head !== null) anchor.write(disk.head);
  anchor.close();
}

async function run(command: Command, positionals: readonly string[], options = {}) {
  const out: string[] = [];
  const io = {
    out: (line: string) => out.push(line),
    err: () => {},
    env: {},
    cwd: data,
    signal: new AbortController().signal,
    terminal: false,
  };
  const code = await command.run(positionals, { data, ...options }, io);
  return { code, text: out.join('\n') };
}
const rewrite = (from: RegExp, to: string): string => {
  const changed = join(data, 'changed.json');
  writeFileSync(changed, readFileSync(file, 'utf8').replace(from, to));
  return changed;
};

describe('shown', () => {
  test('with its calls, and word for word on demand', async () => {
    const { code, text } = await run(capsuleShow, [ID], { out: file });
    expect(code).toBe(0);
    expect(text).toContain('transcript of decide-1, 1 calls of a model');
    expect(text).toMatch(/llama\.cpp tiny-\S+, digest [0-9a-f]{12}, F32, seed 7, temperature 0/);
    expect(text).not.toContain('rsi14');
    const whole = (await run(capsuleShow, [ID], { whole: true })).text;
    expect(whole).toContain('indicators.rsi14');
    expect(whole).not.toContain('\u001B');
  });
  test('and written into the file', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ capsule: 2, transcript });
  });
});

describe('replayed', () => {
  test('without a difference', async () => {
    expect(await run(capsuleReplay, [file])).toMatchObject({
      code: 0,
      text: expect.stringContaining('1 recorded answers read again, no difference') as string,
    });
  });
  test('a changed word of the transcript is a difference', async () => {
    const { code, text } = await run(capsuleReplay, [rewrite(/Which way/, 'Buy it')]);
    expect(code).toBe(1);
    expect(text).toContain('differs at transcript');
  });
  test('so is a transcript that was taken out', async () => {
    const changed = rewrite(/"transcript":\{"calls".*\}(?=,"verdict")/, '"transcript":null');
    expect((await run(capsuleReplay, [changed])).text).toContain('differs at transcript');
  });
  test('the same weights, asked again, say the same', async () => {
    const { code, text } = await run(capsuleReplay, [file], { model: `gguf:${gguf}` });
    expect(text).toContain('again: 1 of 1 answers are the same');
    expect(code).toBe(0);
  }, 60_000);
  test('a capsule from before has nothing to ask', async () => {
    const bare = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    delete bare['transcript'];
    const old = join(data, 'old.json');
    writeFileSync(old, JSON.stringify({ ...bare, capsule: 1 }));
    expect((await run(capsuleReplay, [old])).code).toBe(0);
    await expect(run(capsuleReplay, [old], { model: `gguf:${gguf}` })).rejects.toMatchObject({
      code: 'CAPSULE_WITHOUT_CALLS',
    });
  });
});

describe('in the store', () => {
  const kept = join(transcripts, hash.slice(0, 2), `${hash}.json`);
  test('a changed transcript is an error', async () => {
    const text = readFileSync(kept, 'utf8');
    writeFileSync(kept, text.replace('61.2', '16.2'));
    await expect(run(capsuleShow, [ID])).rejects.toMatchObject({ code: 'TRANSCRIPT_TAMPERED' });
    writeFileSync(kept, text);
  });
  test('one that is gone is said to be, and the capsule is one without', async () => {
    rmSync(kept);
    const { text } = await run(capsuleShow, [ID], { out: file });
    expect(text).toContain(`transcript ${hash.slice(0, 16)} is not kept here`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ capsule: 1 });
    expect((await run(capsuleReplay, [file])).code).toBe(0);
  });
});
