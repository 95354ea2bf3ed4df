/** The decision: evidence, two readers side by side, their weighing, a plan, an order. Which step follows which, and nothing else. */
import { END, START, StateGraph } from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { DecidePorts } from './contract.ts';
import { decideNodes } from './decide-nodes.ts';
import { Runs } from './runs.ts';
import { DecideState, type DecideValues } from './state.ts';

type Options = Readonly<{ saver: BaseCheckpointSaver | null; runs?: Runs }>;

/** An end is an end; a trouble is the algorithmic agent's, or nobody's. */
const after =
  <const Next extends string>(next: Next) =>
  ({ end, troubles }: DecideValues): 'finish' | 'fallback' | Next => {
    if (end !== null) return 'finish';
    return troubles.length > 0 ? 'fallback' : next;
  };

export function decideGraph(
  ports: DecidePorts,
  { saver, runs = new Runs(ports) }: Options = { saver: null },
) {
  const nodes = decideNodes(ports, runs);
  return (
    new StateGraph(DecideState)
      .addNode('gather', nodes.gather)
      .addNode('sentiment', nodes.sentiment)
      .addNode('technical', nodes.technical)
      .addNode('combine', nodes.combine)
      .addNode('plan', nodes.plan)
      .addNode('order', nodes.order)
      .addNode('fallback', nodes.fallback)
      .addNode('finish', nodes.finish)
      .addEdge(START, 'gather')
      // Side by side: a decision is two calls of a model deep, not three.
      .addConditionalEdges(
        'gather',
        (state) => {
          const next = after('read')(state);
          return next === 'read' ? ['sentiment', 'technical'] : next;
        },
        ['sentiment', 'technical', 'fallback', 'finish'],
      )
      .addEdge('sentiment', 'combine')
      .addEdge('technical', 'combine')
      .addConditionalEdges('combine', after('plan'), ['plan', 'fallback', 'finish'])
      .addConditionalEdges('plan', after('order'), ['order', 'fallback', 'finish'])
      .addEdge('order', 'finish')
      .addEdge('fallback', 'finish')
      .addEdge('finish', END)
      .compile({ name: 'decide', ...(saver === null ? {} : { checkpointer: saver }) })
  );
}
export type DecideGraph = ReturnType<typeof decideGraph>;
