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
  ({ end, troubles }: DecideValues): 'finish' | 'fall-back' | Next => {
    if (end !== null) return 'finish';
    return troubles.length > 0 ? 'fall-back' : next;
  };

export function decideGraph(
  ports: DecidePorts,
  { saver, runs = new Runs(ports) }: Options = { saver: null },
) {
  const nodes = decideNodes(ports, runs);
  return (
    new StateGraph(DecideState)
      .addNode('gather', nodes.gather)
      .addNode('read-news', nodes.sentiment)
      .addNode('read-chart', nodes.technical)
      .addNode('weigh', nodes.combine)
      .addNode('make-plan', nodes.plan)
      .addNode('make-order', nodes.order)
      .addNode('fall-back', nodes.fallback)
      .addNode('finish', nodes.finish)
      .addEdge(START, 'gather')
      // Side by side: a decision is two calls of a model deep, not three.
      .addConditionalEdges(
        'gather',
        (state) => {
          const next = after('read')(state);
          return next === 'read' ? ['read-news', 'read-chart'] : next;
        },
        ['read-news', 'read-chart', 'fall-back', 'finish'],
      )
      .addEdge('read-news', 'weigh')
      .addEdge('read-chart', 'weigh')
      .addConditionalEdges('weigh', after('make-plan'), ['make-plan', 'fall-back', 'finish'])
      .addConditionalEdges('make-plan', after('make-order'), ['make-order', 'fall-back', 'finish'])
      .addEdge('make-order', 'finish')
      .addEdge('fall-back', 'finish')
      .addEdge('finish', END)
      .compile({ name: 'decide', ...(saver === null ? {} : { checkpointer: saver }) })
  );
}
export type DecideGraph = ReturnType<typeof decideGraph>;
