/** What LangGraph Studio opens (`npx @langchain/langgraph-cli dev`): both graphs over a simulated market. Start one with `{}`, or with `{"words": "long BTC 2 % stop ... target ..."}`. */
import { END, START, StateGraph } from '@langchain/langgraph';
import { decideGraph } from '../graphs/decide.ts';
import { reviewGraph } from '../graphs/review.ts';
import { ReviewState } from '../graphs/review-state.ts';
import { DecideState, type DecisionRequest } from '../graphs/state.ts';
import { studioDesk } from './studio-desk.ts';

const ports = await studioDesk(process.env);

/** Nobody wants to type a request: it is made when the graph is started. */
function begin(): Readonly<{ request: DecisionRequest }> {
  const { desk, strategy, symbol } = ports.rules.address;
  const id = ports.newId();
  return { request: { run: id, id, desk, strategy, symbol, at: ports.clock.now() } };
}

export const decide = new StateGraph(DecideState)
  .addNode('begin', begin)
  .addNode('decide', decideGraph(ports))
  .addEdge(START, 'begin')
  .addEdge('begin', 'decide')
  .addEdge('decide', END)
  .compile({ name: 'decide' });

export const review = new StateGraph(ReviewState)
  .addNode('begin', begin)
  .addNode('review', reviewGraph(ports, { saver: null }))
  .addEdge(START, 'begin')
  .addEdge('begin', 'review')
  .addEdge('review', END)
  .compile({ name: 'review' });
