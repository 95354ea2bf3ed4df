/** A decision whose model chooses its tools: the same record and the same end, whether it chooses well or badly. */
import { expect, test } from 'vitest';
import { Decider } from '../../graphs/decider.ts';
import { ScriptedRuntime, type Line } from '../support/scripted-runtime.ts';
import { DECISION_ID, deskOf, GOOD } from './desk.ts';

const ask = (name: string, input: unknown): Line => ({ tools: [{ id: 'call-1', name, input }] });
const decided = async (
  choosesTools: boolean,
  lines: readonly Line[],
  unfit: string | null = null,
) => {
  const runtime = new ScriptedRuntime([...lines, GOOD.technical, GOOD.planner]);
  // Without news nobody reads any, and the calls come one after the other.
  const { ports } = deskOf({ runtime, rules: { choosesTools }, news: [], fit: () => unfit });
  const decision = await new Decider(ports, null).decide(DECISION_ID, new AbortController().signal);
  return { ...decision, runtime };
};

test('without leave to choose, no tool is offered', async () => {
  const { runtime, end } = await decided(false, []);
  expect(end).toMatchObject({ kind: 'propose', by: 'model' });
  expect(runtime.asked.map(({ tools }) => tools.length)).toEqual([0, 0]);
});

test('with it, what the model asked for is in the record, and so are the calls', async () => {
  const { end, transcript, proposal } = await decided(true, [
    ask('candles', { timeframe: '1h', bars: 8 }),
    'done',
  ]);
  expect(end).toMatchObject({ kind: 'propose', by: 'model' });
  expect(transcript.calls.map(({ prompt }) => prompt.name)).toEqual([
    'tools',
    'tools',
    'technical',
    'planner',
  ]);
  expect(JSON.stringify(transcript.evidence)).toContain('candles.1h.change_1');
  expect(proposal!.kind === 'order' && proposal!.telemetry.steps).toBeGreaterThan(8);
});

test('badly chosen, the plan takes over and the decision goes on', async () => {
  const { end, transcript } = await decided(true, [ask('news_search', { hours: 1, items: 1 })]);
  expect(end).toMatchObject({ kind: 'propose', by: 'model' });
  expect(transcript.troubles).toContain('TOOL_UNKNOWN');
});

test('a model that is not fit is not asked to choose either', async () => {
  const { runtime, end } = await decided(true, [], 'MODEL_UNHEALTHY');
  expect(end).toMatchObject({ by: 'algorithmic' });
  expect(runtime.asked).toEqual([]);
});
