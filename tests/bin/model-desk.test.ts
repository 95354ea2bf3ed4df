/** A desk with a model: what it sends, keeps, learns from and says, and what it does when it has had to act without it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type SpanMs, type TimeMs } from '#firewall';
import { accountReader, settleOutcomes } from '../../bin/desk-ports.ts';
import { ModelDesk } from '../../bin/model-desk.ts';
import { readTranscript } from '../../bin/transcript-reading.ts';
import { Decider } from '../../graphs/decider.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import { openVectorMemory } from '../../infra/vector-memory.ts';
import { situationCodec } from '../../tools/situation-codec.ts';
import { CODE_VECTORS } from '../../tools/situation-vector.ts';
import { deskOf, NOW, plan, type DeskOptions } from '../graphs/desk.ts';
import { deskKit, standing, verdict } from './desk-kit.ts';

const NEVER = new AbortController().signal;
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

function modelDesk(options: DeskOptions = {}) {
  const kit = deskKit();
  const { ports, clock, runtime } = deskOf(options);
  const saver = new SqliteSaver(join(kit.root, 'checkpoints.db'));
  const memory = openVectorMemory({
    file: join(kit.root, 'memory.db'),
    maker: CODE_VECTORS,
    codec: situationCodec,
  });
  const notices: string[] = [];
  const reported: (string | null)[] = [];
  let now = standing();
  const desk = new ModelDesk(kit.post, 1_000 as SpanMs, {
    decider: new Decider(ports, saver),
    saver,
    memory,
    embed: null,
    standings: () => now,
    transcripts: kit.transcripts,
    diary: kit.diary,
    now: () => clock.now(),
    report: (calls) => reported.push(...calls.map(({ code }) => code)),
    notice: (code, message) => notices.push(`${code} ${message}`),
  });
  closing.push(() => {
    saver.close();
    memory.close();
    kit.diary.close();
    rmSync(kit.root, { recursive: true });
  });
  return {
    ...kit,
    ports,
    clock,
    runtime,
    saver,
    memory,
    notices,
    reported,
    desk,
    stand: (changes: Parameters<typeof standing>[0]): void => {
      now = standing(changes);
    },
    recent: () => kit.diary.recent('desk-a', (clock.at + 1) as TimeMs, 10),
  };
}

describe('a decision to enter', () => {
  test('is sent with its transcript on the disk, and is a situation to learn from', async () => {
    const house = modelDesk();
    expect(await house.desk.act(NEVER)).toBe('PROPOSED by model');
    const [proposal] = house.proposals();
    expect(proposal).toMatchObject({
      side: 'buy',
      provenance: { modelId: 'scripted@aaaaaaaaaaaa' },
    });
    const kept = proposal?.transcript === undefined ? null : proposal.transcript;
    const transcript = kept === null ? null : house.transcripts.get(kept);
    expect(
      readTranscript(transcript)
        ?.calls.map(({ agent }) => agent)
        .toSorted(),
    ).toEqual(['planner', 'sentiment', 'technical']);
    expect(house.recent()).toMatchObject([{ action: 'long', side: 'buy', verdict: 'none' }]);
    expect(house.memory.count()).toBe(1);
    expect(house.reported).toEqual([null, null, null]);
    // A decision that is over is under way no longer.
    expect(house.saver.threads()).toEqual([]);
  });

  test('waits for its verdict, and a refusal is thought over', async () => {
    const house = modelDesk();
    await house.desk.act(NEVER);
    const id = house.proposals()[0]?.id ?? '';
    expect(await house.desk.act(NEVER)).toBe('WAITING');
    house.stand(verdict(id, 'refused', 'QUOTE_STALE'));
    expect(await house.desk.act(NEVER)).toBe('WAITING');
    expect(house.recent()).toMatchObject([{ verdict: 'refused', code: 'QUOTE_STALE' }]);
    house.clock.at += 20_000;
    expect(await house.desk.act(NEVER)).toBe('PROPOSED by model');
  });

  test('what became of it is told to the diary and to the memory', async () => {
    const house = modelDesk();
    await house.desk.act(NEVER);
    const due = (NOW + 1_800_000) as TimeMs;
    const { market } = house.ports.tools;
    const { diary, memory } = house;
    expect(settleOutcomes({ market, diary, memory }, (due - 1) as TimeMs)).toBe(0);
    expect(settleOutcomes({ market, diary, memory }, due)).toBe(1);
    const account = accountReader(() => standing(), diary, market);
    const [past] = account.recent('desk-a', due, 1);
    expect(past?.outcome).toEqual(expect.any(Number));
    const [found] = memory.nearest(new Float32Array(CODE_VECTORS.dimensions), {
      asOf: due,
      count: 1,
      symbol: null,
    });
    expect(found?.situation).toMatchObject({
      action: 'long',
      outcome: past?.outcome,
      outcomeAt: due,
    });
  });
});

test('a decision to do nothing is written down with its reason, and sends nothing', async () => {
  const house = modelDesk({
    script: { planner: plan({ action: 'none', stop: 'none', target: 'none' }) },
  });
  expect(await house.desk.act(NEVER)).toBe('PLAN_NONE');
  expect(house.sent).toEqual([]);
  const [row] = house.recent();
  expect(row).toMatchObject({ action: 'none', code: 'PLAN_NONE', side: null });
  expect(
    row?.transcript === null || row === undefined ? null : house.transcripts.get(row.transcript),
  ).toMatchObject({
    end: { kind: 'none', by: 'model', code: 'PLAN_NONE' },
  });
  expect(house.memory.count()).toBe(0);
});

test('a market that is not there yet leaves no entry', async () => {
  const house = modelDesk({ warm: false });
  expect(await house.desk.act(NEVER)).toBe('MARKET_NOT_WARM');
  expect(house.recent()).toEqual([]);
});

test('that it falls back is said once, and that the model is back is said once', async () => {
  let unfit: string | null = 'RUNTIME_DOWN';
  const nothing = plan({ action: 'none', stop: 'none', target: 'none' });
  const house = modelDesk({
    fit: () => unfit,
    rules: { fallback: 'none' },
    script: { planner: nothing },
  });
  await house.desk.act(NEVER);
  await house.desk.act(NEVER);
  unfit = null;
  await house.desk.act(NEVER);
  await house.desk.act(NEVER);
  expect(house.notices).toEqual([
    'DESK_FELL_BACK desk-a: RUNTIME_DOWN; rules decide',
    'DESK_MODEL_BACK desk-a: its model decides again',
  ]);
});

test('a decision is taken back when the desk has had to act without it', async () => {
  const house = modelDesk({ script: { planner: { hang: true } } });
  const acting = house.desk.act(NEVER);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!house.runtime.speakers.includes('planner')) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  house.desk.interrupt();
  expect(await acting).toMatch(/CANCELLED/);
  expect(house.sent).toEqual([]);
  expect(house.notices).toEqual([]);
});

test('what an earlier process had begun is finished', async () => {
  const first = modelDesk();
  const id = '0123456789abcdef0123456789abcdef';
  const cut = new AbortController();
  // The first process stops after its evidence was gathered and before a model has spoken.
  const hanging = modelDesk({ script: { technical: { hang: true }, sentiment: { hang: true } } });
  void new Decider(hanging.ports, first.saver).decide(id, NEVER).catch(() => undefined);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (hanging.runtime.asked.length < 2) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  expect(await first.desk.finish(cut.signal)).toEqual(['PROPOSED by model']);
  expect(first.proposals()[0]?.id).toBe(id);
});
