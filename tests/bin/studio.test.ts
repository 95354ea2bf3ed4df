/** What LangGraph Studio is given: that its file names what exists, and that both graphs run as the studio runs them. */
import { Command, INTERRUPT, isInterrupted, MemorySaver } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import config from '../../langgraph.json' with { type: 'json' };
import type { Shown } from '../../graphs/review-nodes.ts';
import { decide, review } from '../../bin/studio.ts';

test('the configuration names the two graphs that are exported', () => {
  expect(Object.values(config.graphs).map(({ path }) => path)).toEqual([
    './bin/studio.ts:decide',
    './bin/studio.ts:review',
  ]);
});

test('without a model a decision falls back, and says so', async () => {
  const state = await decide.invoke({});
  expect(state).toMatchObject({ end: { by: 'algorithmic' }, troubles: ['MODEL_NOT_FOUND'] });
});

test('a review waits for its person with the studio’s own checkpointer, and sends nothing', async () => {
  // The studio brings a checkpointer of its own to every graph that it opens.
  review.checkpointer = new MemorySaver();
  const thread = { configurable: { thread_id: 'studio' } };
  const asked = await review.invoke({ words: 'long BTC 2 % stop 100 target 10000000' }, thread);
  if (!isInterrupted<Shown>(asked)) throw new Error('nobody was asked');
  const shown = asked[INTERRUPT][0]?.value;
  expect(shown).toMatchObject({ problem: null, verdict: { codes: ['STUDIO_HAS_NO_GATE'] } });
  const proposalHash = shown?.proposalHash;
  const over = await review.invoke(
    new Command({ resume: { answer: 'approve', proposalHash } }),
    thread,
  );
  expect(over).toMatchObject({ outcome: { kind: 'none', code: 'STUDIO_HAS_NO_GATE' } });
});

test('the studio can draw both, and knows what they take', async () => {
  for (const graph of [decide, review]) {
    const drawn = await graph.getGraphAsync({ xray: true });
    expect(drawn.drawMermaid()).toContain('read-chart');
  }
});
