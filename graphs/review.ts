/** The review of a person's idea: the same evidence and readers, their numbers, a verdict in dry run, and their own last word. */
import { END, START, StateGraph } from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { ReviewPorts } from './contract.ts';
import { reviewNodes } from './review-nodes.ts';
import { answerSchema, ReviewState, type ReviewValues } from './review-state.ts';
import { Runs } from './runs.ts';

/** A review waits for its person, so it needs a saver: one of the house's, or the studio's own. */
type Options = Readonly<{ saver: BaseCheckpointSaver | null; runs?: Runs }>;

const unless =
  <const Next extends string>(next: Next) =>
  ({ outcome }: ReviewValues): typeof END | Next =>
    outcome === null ? next : END;

/** Whatever does not count as an answer is asked again, about the same proposal or about a fresh one. */
function afterAnswer({
  outcome,
  refused,
  answer,
}: ReviewValues): 'submit' | 'renew' | 'ask' | typeof END {
  if (outcome !== null) return END;
  if (refused === 'APPROVAL_LATE' || refused === 'MARKET_MOVED') return 'renew';
  if (refused !== null) return 'ask';
  const said = answerSchema.safeParse(answer);
  return said.success && said.data.answer === 'approve' ? 'submit' : 'renew';
}

export function reviewGraph(ports: ReviewPorts, { saver, runs = new Runs(ports) }: Options) {
  const nodes = reviewNodes(ports, runs);
  return new StateGraph(ReviewState)
    .addNode('intake', nodes.intake)
    .addNode('gather', nodes.gather)
    .addNode('read-news', nodes.sentiment)
    .addNode('read-chart', nodes.technical)
    .addNode('weigh', nodes.combine)
    .addNode('give-opinion', nodes.opinion)
    .addNode('make-order', nodes.price)
    .addNode('dry-judge', nodes.judge)
    .addNode('ask', nodes.ask)
    .addNode('submit', nodes.submit)
    .addNode('renew', nodes.renew)
    .addEdge(START, 'intake')
    .addConditionalEdges('intake', unless('gather'), ['gather', END])
    .addConditionalEdges(
      'gather',
      (state) => (state.outcome === null ? ['read-news', 'read-chart'] : END),
      ['read-news', 'read-chart', END],
    )
    .addEdge('read-news', 'weigh')
    .addEdge('read-chart', 'weigh')
    .addEdge('weigh', 'give-opinion')
    .addEdge('give-opinion', 'make-order')
    .addEdge('make-order', 'dry-judge')
    .addEdge('dry-judge', 'ask')
    .addConditionalEdges('ask', afterAnswer, ['submit', 'renew', 'ask', END])
    .addConditionalEdges('submit', unless('renew'), ['renew', END])
    .addEdge('renew', 'intake')
    .compile({ name: 'review', ...(saver === null ? {} : { checkpointer: saver }) });
}
export type ReviewGraph = ReturnType<typeof reviewGraph>;
