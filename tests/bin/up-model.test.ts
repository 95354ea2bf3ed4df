/** A house whose desk decides through a real model: what it came to is on record, and a model that is killed is back soon. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TimeMs } from '#firewall';
import { readTranscript } from '../../bin/transcript-reading.ts';
import { DeskDiary, type DiaryRow } from '../../infra/desk-diary.ts';
import { dataDir } from '../../infra/data-dir.ts';
import { openTranscripts } from '../../infra/transcripts.ts';
import { priceModelFiles } from '../support/price-model-files.ts';
import { tinyGguf } from '../support/tiny-gguf.ts';
import { airlock, startAirlock } from './command-line.ts';

const cwd = mkdtempSync(join(tmpdir(), 'airlock-model-'));
const dir = dataDir(join(cwd, '.airlock'));
const DESK = 'model-btc';
const SYMBOL = 'BTC/USDT:USDT';
let house: ChildProcess;
let ended: Promise<unknown>;
const said: string[] = [];

beforeAll(async () => {
  mkdirSync(dir.root, { recursive: true });
  priceModelFiles(cwd, 'price');
  const settings = {
    model: `gguf:${await tinyGguf()}`,
    priceModel: 'price.onnx',
    symbols: [SYMBOL],
    desks: [{ desk: DESK, strategy: DESK, symbol: SYMBOL, agent: 'model', fallback: 'none' }],
    stepMs: 50,
    deskEveryMs: 500,
    modelDeskEveryMs: 200,
  };
  writeFileSync(dir.config, stringify(settings));
  house = startAirlock(cwd, 'up', '--json', '--minutes', '3');
  ended = new Promise((resolve) => house.once('exit', resolve));
  house.stdout?.on('data', (chunk: Buffer) => said.push(String(chunk)));
  house.stderr?.on('data', (chunk: Buffer) => said.push(String(chunk)));
}, 60_000);
afterAll(async () => {
  house.kill('SIGTERM');
  await ended;
  rmSync(cwd, { recursive: true, force: true });
}, 30_000);

const until = async <T>(find: () => T | undefined | null): Promise<T> => {
  for (let tries = 0; tries < 900 && house.exitCode === null; tries += 1) {
    const found = find();
    if (found !== undefined && found !== null) return found;
    await sleep(100);
  }
  throw new Error(`it did not happen: ${said.join('').slice(-2_000)}`);
};

const decided = (): readonly DiaryRow[] => {
  const file = join(dir.desks, 'diary.db');
  if (!existsSync(file)) return [];
  const diary = new DeskDiary(file);
  try {
    return diary.recent(DESK, Date.now() as TimeMs, 1_000);
  } finally {
    diary.close();
  }
};
const transcriptOf = ({ transcript }: DiaryRow) => {
  const found = transcript === null ? null : openTranscripts(dir.transcripts).get(transcript);
  return found === null ? null : readTranscript(found);
};
/** A decision for which the model has answered something. */
const spoken = (since: number) =>
  decided()
    .filter(({ at }) => at > since)
    .find((row) => transcriptOf(row)?.calls.some(({ raw }) => raw !== null) === true);

const inference = (): number | undefined => {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  const ours = readFileSync(join(dir.logs, 'desk.jsonl'), 'utf8');
  return stdout
    .split('\n')
    .filter((line) => line.includes('llama-process.ts'))
    .map((line) => Number(/^ *(\d+)/.exec(line)?.[1]))
    .findLast((pid) => ours.includes(`"pid":${pid}`) || descendsFrom(pid, house.pid ?? 0));
};

function descendsFrom(pid: number, ancestor: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
  const parent = Number(stdout.trim());
  return parent === ancestor || (parent > 1 && descendsFrom(parent, ancestor));
}

test('what the model came to is in the diary, and how it came to it in the transcript', async () => {
  const row = await until(() => spoken(0));
  const transcript = transcriptOf(row);
  expect(transcript).toMatchObject({ version: 1, desk: DESK });
  expect(transcript?.calls[0]).toMatchObject({
    identity: { runtime: 'llama.cpp', quantisation: expect.any(String) as string },
    prompt: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
  });
  expect(transcript?.['evidence']).toMatchObject({ forecast: { modelId: 'price@1' } });
  // It proposed, or it is written down why it did not.
  expect(row.action !== 'none' || row.code !== null).toBe(true);
}, 120_000);

test('a model that is killed is missed for a decision, and speaks again', async () => {
  const first = await until(inference);
  const killedAt = Date.now();
  process.kill(first, 'SIGKILL');
  await until(() => spoken(killedAt));
  const second = await until(inference);
  expect(second).not.toBe(first);
}, 120_000);

test('the firewall knows the weights, and the record is sound', async () => {
  house.kill('SIGTERM');
  await ended;
  const ledger = readFileSync(dir.ledger('paper'), 'utf8');
  expect(ledger).toMatch(/"id":"llama\.cpp\/tiny-[^"]*@[0-9a-f]{12}","role":"challenger"/);
  expect(ledger).toContain('"id":"price@1","role":"challenger"');
  expect(airlock(cwd, 'audit', 'verify').status).toBe(0);
}, 60_000);
