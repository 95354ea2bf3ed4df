/** Between any two steps time may pass and a process may end: what was true before is looked at again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Ppm, Qty, SpanMs, TimeMs } from '#firewall';
import type { DecidePorts, ReviewPorts } from '../../graphs/contract.ts';
import { Decider } from '../../graphs/decider.ts';
import { Reviewer } from '../../graphs/reviewer.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import { position } from '../tools/world.ts';
import { DECISION_ID, deskOf, NOW, type Desk } from './desk.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-interrupted-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const NEVER = new AbortController().signal;

function saverOf(file = `s-${(files += 1)}.sqlite`) {
  const saver = new SqliteSaver(join(dir, file));
  onTestFinished(() => saver.close());
  return saver;
}

/** The desk's ports, with something that happens when the account is looked at for the nth time. */
const onLook = ({ ports }: Desk, nth: number, happens: () => void): DecidePorts => {
  let looks = 0;
  return {
    ...ports,
    tools: {
      ...ports.tools,
      account: {
        account(asOf) {
          looks += 1;
          if (looks === nth) happens();
          return ports.tools.account.account(asOf);
        },
        recent: () => [],
      },
    },
  };
};

/** Looks of one decision: its basis and two tools come first, and then the numbers of the order. */
const LOOKS_BEFORE_ORDER = 3;

describe('while the order is made', () => {
  test.each([
    [30_000, 'propose'],
    [30_001, 'DECISION_STALE'],
  ])('%i ms pass', async (ms, expected) => {
    const desk = deskOf();
    const ports = onLook(desk, LOOKS_BEFORE_ORDER + 1, () => {
      desk.clock.at += ms;
    });
    const { end, proposal, transcript } = await new Decider(ports, null).decide(DECISION_ID, NEVER);
    expect(end.kind === 'none' ? end.code : end.kind).toBe(expected);
    expect(proposal === null).toBe(expected !== 'propose');
    expect(transcript.end).toEqual(end);
  });

  test('the decision is taken back', async () => {
    const stop = new AbortController();
    const ports = onLook(deskOf(), LOOKS_BEFORE_ORDER + 1, () => stop.abort());
    const { end } = await new Decider(ports, null).decide(DECISION_ID, stop.signal);
    expect(end).toMatchObject({ code: 'DECISION_CANCELLED' });
  });

  test('a position has come about: nothing is opened on top of it', async () => {
    const { ports } = deskOf();
    let looks = 0;
    const account = {
      account(asOf: TimeMs) {
        looks += 1;
        const now = ports.tools.account.account(asOf);
        const positions = looks > LOOKS_BEFORE_ORDER ? [position({ qty: 1_000_000n as Qty })] : [];
        return now === null ? null : { ...now, positions };
      },
      recent: () => [],
    };
    const changed = { ...ports, tools: { ...ports.tools, account } };
    const { end } = await new Decider(changed, null).decide(DECISION_ID, NEVER);
    expect(end).toMatchObject({ kind: 'none', by: 'model', code: 'POSITION_HELD' });
  });
});

test('a model that hangs for longer than a basis lives does not stand in the way out', async () => {
  const desk = deskOf({
    script: { planner: { fail: 'CALL_TIMED_OUT' } },
    rules: { fallback: 'none' },
  });
  const { ports, runtime } = desk;
  const hung = (): boolean => runtime.speakers.includes('planner');
  const later = (NOW + 31_000) as TimeMs;
  const account = {
    account(asOf: TimeMs) {
      const now = ports.tools.account.account(asOf);
      const held = position({ qty: 1_000_000n as Qty, leave: hung() });
      return now === null ? null : { ...now, positions: [held] };
    },
    recent: () => [],
  };
  const clock = { now: () => (hung() ? later : NOW) };
  const slow = { ...ports, clock, tools: { ...ports.tools, account } };
  const { end, proposal } = await new Decider(slow, null).decide(DECISION_ID, NEVER);
  expect(end).toMatchObject({ kind: 'propose', by: 'algorithmic' });
  expect(proposal).toMatchObject({ reduceOnly: true, basisAt: later });
});

test.each([
  [49, false],
  [50, true],
])('a book that arrived %i ms ago is cited: %s', async (ms, cited) => {
  const desk = deskOf({
    account: { positions: [position({ qty: 1_000_000n as Qty, leave: true })] },
  });
  // Books come at whole seconds.
  desk.clock.at = Math.floor(NOW / 1_000) * 1_000 + ms;
  const { proposal } = await new Decider(desk.ports, null).decide(DECISION_ID, NEVER);
  expect(proposal?.evidence.some((id) => id.startsWith('book:'))).toBe(cited);
});

test('a restart does not fill the purse again', async () => {
  const file = `s-${(files += 1)}.sqlite`;
  const budget = { calls: 3, tokens: 20_000, ms: 60_000 };
  const desk = deskOf({ script: { planner: 'no plan' }, rules: { budget } });
  const breaksAt = (name: string): DecidePorts => ({
    ...desk.ports,
    clock: {
      now() {
        if (desk.runtime.speakers.length === 2 && name === 'planner')
          throw new Error('a power cut');
        return desk.clock.now();
      },
    },
  });
  const first = new Decider(breaksAt('planner'), saverOf(file));
  await expect(first.decide(DECISION_ID, NEVER)).rejects.toThrow('a power cut');
  const decision = await new Decider(desk.ports, saverOf(file)).resume(DECISION_ID, NEVER);
  expect(desk.runtime.speakers).toEqual(['technical', 'sentiment', 'planner']);
  expect(decision?.transcript.calls.at(-1)).toMatchObject({ code: 'ANSWER_NOT_JSON' });
  expect(decision?.end.kind).toBe('none');
});

test('an approval grows old between the answer and the door', async () => {
  const desk = deskOf();
  const times = [60_000, 60_001];
  let late = false;
  const submitted: unknown[] = [];
  const ports: ReviewPorts = {
    ...desk.ports,
    clock: { now: () => (NOW + (late ? (times.shift() ?? 60_001) : 0)) as TimeMs },
    approval: { ageMsMax: 60_000 as SpanMs, driftMax: 1_000_000 as Ppm },
    dryJudge: () => Promise.resolve({ kind: 'approved', codes: [], margins: [] }),
    submit(proposal) {
      submitted.push(proposal);
      return Promise.resolve({ ok: true });
    },
    newId: () => '0'.repeat(32),
  };
  const reviewer = new Reviewer(ports, saverOf());
  const asked = await reviewer.begin('r', 'long BTC 1 % stop 50000 target 90000', NEVER);
  if (asked.kind !== 'asking') throw new Error('it is over');
  late = true;
  const { proposalHash } = asked.shown;
  const again = await reviewer.answer('r', { answer: 'approve', proposalHash }, NEVER);
  expect(again).toMatchObject({ kind: 'asking', shown: { refused: 'APPROVAL_LATE' } });
  expect(submitted).toEqual([]);
});
