/** The steps of a review: an idea is read, looked at, priced, judged in dry run, and put to its person. */
import { interrupt, Overwrite } from '@langchain/langgraph';
import { abs, assert, ratioPpm } from '#firewall';
import { weigh } from '../agents/ensemble.ts';
import { basisCodec, basisOf, midOf, takeBasis } from './basis.ts';
import type { AnswerRefusal, ReviewPorts } from './contract.ts';
import { evidenceStep } from './evidence-step.ts';
import { readIdea, type Idea, type IdeaRead } from './idea.ts';
import { proposalOfIdea } from './idea-proposal.ts';
import { answerSchema, type ReviewUpdate, type ReviewValues } from './review-state.ts';
import type { Runs } from './runs.ts';
import { orderIn } from './transcript.ts';
import { evidenceOf, planStep, sentimentStep, technicalStep } from './voices.ts';

/** What a person is asked about: everything that the answer is about, and nothing that it is not. */
export type Shown = Readonly<
  Pick<
    ReviewValues,
    | 'idea'
    | 'unread'
    | 'proposal'
    | 'proposalHash'
    | 'problem'
    | 'verdict'
    | 'sentiment'
    | 'technical'
    | 'refused'
    | 'troubles'
  > & { opinion: ReviewValues['plan']; at: number }
>;

type Step = (state: ReviewValues) => Promise<ReviewUpdate> | ReviewUpdate;
export type ReviewNodes = Readonly<
  Record<
    | 'intake'
    | 'gather'
    | 'sentiment'
    | 'technical'
    | 'combine'
    | 'opinion'
    | 'price'
    | 'judge'
    | 'ask'
    | 'submit'
    | 'renew',
    Step
  >
>;

export function reviewNodes(ports: ReviewPorts, runs: Runs): ReviewNodes {
  return {
    intake: (state) => intake(state, ports),
    gather: (state) => gather(state, ports, runs),
    // A model that fails costs its opinion here, and nothing else: a person decides.
    sentiment: (state) => (state.troubles.length > 0 ? {} : sentimentStep(state, runs)),
    technical: (state) => (state.troubles.length > 0 ? {} : technicalStep(state, runs)),
    combine(state) {
      if (state.evidence === null) return {};
      const { sentiment, technical } = state;
      const { forecast } = evidenceOf(state);
      const voices = { sentiment, technical, forecast };
      const { contributions, signal } = weigh(voices, ports.rules.weights);
      return { contributions: [...contributions], signal };
    },
    opinion: (state) => (state.troubles.length > 0 ? {} : planStep(state, runs, ports.rules)),
    price(state) {
      const made = proposalOfIdea(state, ports);
      return made.ok
        ? {
            proposal: made.json,
            proposalHash: made.hash,
            transcript: made.transcript,
            problem: null,
          }
        : { proposal: null, proposalHash: null, transcript: null, problem: made.code };
    },
    async judge(state) {
      return state.proposal === null
        ? { verdict: null }
        : { verdict: await ports.dryJudge(orderIn(state.proposal)) };
    },
    ask: (state) => ask(state, ports),
    submit: (state) => submit(state, ports),
    renew: (state) => renewed(state, ports),
  };
}

const markets = ({ tools, rules }: ReviewPorts) => ({
  symbols: tools.market.symbols,
  preferred: rules.address.symbol,
});

const ended = (code: string, hint: string | null = null): ReviewUpdate => ({
  outcome: { kind: 'none', code, hint },
});

/** A person's words are read strictly, into a closed record; nobody else is shown them. */
function intake(state: ReviewValues, ports: ReviewPorts): ReviewUpdate {
  const { words, idea } = state;
  const read: IdeaRead = words === null ? known(idea, ports) : readIdea(words, markets(ports));
  if (!read.ok) return ended(read.code, read.hint);
  const { symbol } = read.idea;
  return {
    words: null,
    idea: read.idea,
    unread: words === null ? state.unread : [...read.unread],
    request: { ...state.request, symbol },
  };
}

function known(idea: Idea | null, { tools }: ReviewPorts): IdeaRead {
  const hint = `markets: ${tools.market.symbols.join(', ')}`;
  if (idea === null) return { ok: false, code: 'IDEA_UNREADABLE', hint: 'nothing was said' };
  if (!tools.market.symbols.includes(idea.symbol))
    return { ok: false, code: 'IDEA_SYMBOL_UNKNOWN', hint };
  return { ok: true, idea, unread: [] };
}

async function gather(state: ReviewValues, ports: ReviewPorts, runs: Runs): Promise<ReviewUpdate> {
  const { symbol, strategy, at } = state.request;
  const taken = takeBasis(ports.tools, { symbol, strategy, now: at });
  if (!taken.ok) return ended(taken.code);
  const basis = basisCodec.write(taken.basis);
  const unfit = ports.fit();
  const seen = await evidenceStep(state, ports, runs);
  return { basis, ...seen, troubles: [...seen.troubles, ...(unfit === null ? [] : [unfit])] };
}

/** Puts it to the person. The answer is read here, before anything is done about it. */
function ask(state: ReviewValues, ports: ReviewPorts): ReviewUpdate {
  const answer: unknown = interrupt<Shown, unknown>(shownOf(state));
  const read = answerSchema.safeParse(answer);
  if (!read.success) return { answer: null, refused: 'ANSWER_UNREADABLE' };
  const said = read.data;
  if (said.answer === 'drop') return { answer: said, ...ended('REVIEW_DROPPED') };
  if (said.answer === 'edit') {
    const idea =
      typeof said.idea === 'string' ? readIdea(said.idea, markets(ports)) : known(said.idea, ports);
    // What cannot be read changes nothing: the same is shown again.
    return idea.ok
      ? { answer: said, refused: null, idea: idea.idea, unread: [...idea.unread] }
      : { answer: null, refused: 'ANSWER_UNREADABLE' };
  }
  return { answer: said, refused: refusalOf(state, said.proposalHash, ports) };
}

export function shownOf(state: ReviewValues): Shown {
  const { idea, unread, proposal, proposalHash, problem, verdict, sentiment, technical } = state;
  const { refused, troubles, plan: opinion } = state;
  const { at } = state.request;
  return {
    idea,
    unread,
    proposal,
    proposalHash,
    problem,
    verdict,
    sentiment,
    technical,
    refused,
    troubles,
    opinion,
    at,
  };
}

/** An approval is of exactly what was shown, while it is still what was shown. */
function refusalOf(
  state: ReviewValues,
  approved: string,
  ports: ReviewPorts,
): AnswerRefusal | null {
  if (state.proposalHash === null) return 'APPROVAL_OF_NOTHING';
  if (approved !== state.proposalHash) return 'APPROVAL_OF_ANOTHER';
  return agedOf(state, ports);
}

function agedOf(
  state: ReviewValues,
  { clock, approval, tools }: ReviewPorts,
): AnswerRefusal | null {
  const now = clock.now();
  const { symbol, strategy, at } = state.request;
  if (Math.abs(now - at) > approval.ageMsMax) return 'APPROVAL_LATE';
  const taken = takeBasis(tools, { symbol, strategy, now });
  // A market that cannot be seen may have moved anywhere.
  if (!taken.ok) return 'MARKET_MOVED';
  const shown = midOf(basisOf(state));
  const drift = ratioPpm(abs(midOf(taken.basis) - shown), shown);
  return drift === null || drift > approval.driftMax ? 'MARKET_MOVED' : null;
}

/** Looks once more: between the answer and this step a process may have died, and time gone by. */
async function submit(state: ReviewValues, ports: ReviewPorts): Promise<ReviewUpdate> {
  const aged = agedOf(state, ports);
  if (aged !== null) return { refused: aged };
  const { proposal, proposalHash, transcript } = state;
  assert(proposalHash !== null && transcript !== null, 'only what was shown is submitted');
  const done = await ports.submit(orderIn(proposal), transcript as never);
  return done.ok ? { outcome: { kind: 'submitted', proposalHash } } : ended(done.code);
}

/** A fresh look under a fresh id. What the models said before was about another moment. */
const renewed = ({ request }: ReviewValues, { clock, newId }: ReviewPorts): ReviewUpdate => ({
  request: { ...request, id: newId(), at: clock.now() },
  basis: null,
  evidence: null,
  texts: [],
  sentiment: null,
  technical: null,
  contributions: [],
  signal: 0,
  plan: null,
  missing: [],
  troubles: new Overwrite<string[]>([]),
  calls: new Overwrite<ReviewValues['calls']>([]),
  proposal: null,
  proposalHash: null,
  transcript: null,
  problem: null,
  verdict: null,
});
