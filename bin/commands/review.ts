/** `airlock review`: a person's idea of a trade, against the evidence and the rules, and the person's own last word. */
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { decode, formatFixed, proposalCodec, type Json, type Ppm, type SpanMs } from '#firewall';
import type { ReviewEnd, ReviewPorts } from '../../graphs/contract.ts';
import { Reviewer, type Review } from '../../graphs/reviewer.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import type { DeskConfig } from '../../infra/desk-config.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { newProposalId } from '../desk-post.ts';
import { dryVerdictOf } from '../dry-verdict.ts';
import { shownLines } from '../review-view.ts';
import { withDesks, type VirtualDesks } from '../virtual/virtual-desks.ts';
import {
  MINUTE,
  openVirtualRun,
  symbolsOf,
  VIRTUAL_OPTIONS,
  type VirtualRun,
} from '../virtual/virtual-run.ts';

const AFTER_MINUTES = 30;
/** A person may think for a minute, and over a third of a per cent; beyond that it is another market. */
const APPROVAL = { ageMsMax: MINUTE, driftMax: 3_000 as Ppm };
const DESK = 'review';

export const command: Command = {
  name: 'review',
  summary:
    'put an idea of a trade to the agents and the rules: "long BTC 1 % stop 60000 target 66000"',
  usage: 'IDEA',
  options: {
    symbol: { type: 'string', value: 'SYMBOL', help: 'which market (default BTC/USDT:USDT)' },
    ...VIRTUAL_OPTIONS,
    approve: { type: 'boolean', help: 'without asking: send it if the rules let it pass' },
  },
  run,
};

async function run([idea, ...rest]: readonly string[], options: Options, io: Io): Promise<number> {
  if (idea === undefined || rest.length > 0)
    throw new UsageError(
      'USAGE_INVALID',
      'one idea is wanted, in quotes',
      'airlock review "long BTC 1 % stop 60000 target 66000 horizon 4h"',
    );
  const { symbol } = options;
  const symbols = symbolsOf(typeof symbol === 'string' ? [symbol] : []);
  const places = symbols.map((each): Pick<DeskConfig, 'desk' | 'strategy' | 'symbol'> => ({
    desk: DESK,
    strategy: DESK,
    symbol: each,
  }));
  const open = await openVirtualRun(symbols, options, io, {
    places,
    afterMinutes: AFTER_MINUTES,
  });
  return withDesks(open, io, async (desks) => {
    const saver = new SqliteSaver(join(open.dir.desks, 'reviews.db'));
    try {
      const reviewer = new Reviewer(portsOf(open, desks), saver);
      const first = await reviewer.begin(newProposalId(), idea, io.signal);
      const conversation: Conversation = { reviewer, open, options, io };
      return await (options['json'] === true || options['approve'] === true || !io.terminal
        ? oneShot(first, conversation)
        : talk(first, conversation));
    } finally {
      saver.close();
    }
  });
}

function portsOf({ house }: VirtualRun, { desks, transcripts }: VirtualDesks): ReviewPorts {
  const [desk] = desks;
  if (desk === undefined)
    throw new UsageError('SYMBOL_INVALID', 'no market', 'name one with --symbol');
  return {
    ...desk.ports,
    approval: APPROVAL,
    dryJudge: (proposal) => Promise.resolve(dryVerdictOf(house.wouldSay(proposal))),
    async submit(proposal, transcript) {
      transcripts.put(transcript);
      await house.submit(DESK, proposal);
      return { ok: true };
    },
    newId: newProposalId,
  };
}

type Conversation = Readonly<{ reviewer: Reviewer; open: VirtualRun; options: Options; io: Io }>;

async function oneShot(first: Review, conversation: Conversation): Promise<number> {
  const { reviewer, options, io } = conversation;
  const review =
    options['approve'] === true &&
    first.kind === 'asking' &&
    first.shown.verdict?.kind === 'approved'
      ? await reviewer.answer(
          first.id,
          { answer: 'approve', proposalHash: first.shown.proposalHash },
          io.signal,
        )
      : first;
  if (options['json'] === true)
    io.out(JSON.stringify({ ...jsonOf(first), ...(review === first ? {} : jsonOf(review)) }));
  else {
    if (first.kind === 'asking') for (const line of shownLines(first.shown)) io.out(line);
    if (review.kind === 'over') told(review.end, conversation);
    else io.out('nothing was sent; --approve sends what passes');
  }
  return codeOf(review);
}

async function talk(first: Review, conversation: Conversation): Promise<number> {
  const { reviewer, open, io } = conversation;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  let review = first;
  try {
    while (review.kind === 'asking' && !io.signal.aborted) {
      for (const line of shownLines(review.shown)) io.out(line);
      const asked = performance.now();
      const answer = await ask(lines, review.shown.proposalHash, io);
      // The market has not waited for the answer.
      if (!open.replayed) await open.house.pass(Math.round(performance.now() - asked) as SpanMs);
      review = await reviewer.answer(review.id, answer, io.signal);
    }
  } finally {
    lines.close();
  }
  if (review.kind === 'over') told(review.end, conversation);
  return codeOf(review);
}

async function ask(lines: Interface, proposalHash: string | null, io: Io): Promise<Json> {
  const choice = proposalHash === null ? 'edit or drop' : 'approve, edit or drop';
  const said = await lines.question(`${choice}? `, { signal: io.signal }).catch(() => 'drop');
  const word = said.trim().toLowerCase();
  if ('approve'.startsWith(word) && word !== '' && proposalHash !== null)
    return { answer: 'approve', proposalHash };
  if ('drop'.startsWith(word) && word !== '') return { answer: 'drop' };
  if ('edit'.startsWith(word) && word !== '')
    return {
      answer: 'edit',
      idea: await lines.question('the idea: ', { signal: io.signal }).catch(() => ''),
    };
  // Whoever types the idea right away has answered as well.
  return word === '' ? { answer: 'unreadable' } : { answer: 'edit', idea: said };
}

function told(end: ReviewEnd, { open, io }: Conversation): void {
  for (const line of open.house.told()) io.out(line);
  if (end.kind === 'submitted') io.out(`sent as you saw it (${end.proposalHash.slice(0, 12)}…)`);
  else io.out(`nothing was sent: ${end.code}${end.hint === null ? '' : ` (${end.hint})`}`);
}

/** 0: sent, or it may be; 1: the rules or the idea itself say no. */
function codeOf(review: Review): number {
  if (review.kind === 'over')
    return review.end.kind === 'submitted' || review.end.code === 'REVIEW_DROPPED' ? 0 : 1;
  return review.shown.verdict?.kind === 'approved' ? 0 : 1;
}

function jsonOf(review: Review): Record<string, unknown> {
  if (review.kind === 'over') return { end: review.end };
  const { proposal, ...shown } = review.shown;
  const read = proposal === null ? null : decode(proposalCodec, proposal);
  const qty = read?.ok === true && read.value.kind === 'order' ? formatFixed(read.value.qty) : null;
  return { ...shown, proposal, qty };
}
