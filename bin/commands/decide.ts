/** `airlock decide`: one decision on a simulated or recorded market, with everything that led to it and what both doors would say. */
import { canonicalText, proposalCodec, type SpanMs, type Verdict } from '#firewall';
import type { Decision } from '../../graphs/contract.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { newProposalId } from '../desk-post.ts';
import { decisionLines, verdictJson } from '../decision-view.ts';
import { withDesks } from '../virtual/virtual-desks.ts';
import { MINUTE, openVirtualRun, symbolsOf, VIRTUAL_OPTIONS } from '../virtual/virtual-run.ts';

/** A market that has just begun shows little; half an hour in there is something to decide on. */
const AFTER_MINUTES = 30;

export const command: Command = {
  name: 'decide',
  summary: 'let the agents make one decision on a simulated or recorded market',
  usage: '',
  options: {
    symbol: { type: 'string', value: 'SYMBOL', help: 'which market (default BTC/USDT:USDT)' },
    ...VIRTUAL_OPTIONS,
    after: {
      type: 'string',
      value: 'MINUTES',
      help: `how far into the market's story (default ${AFTER_MINUTES}; 0 with --bars)`,
    },
    facts: { type: 'boolean', help: 'show every fact, and not only those that were cited' },
    send: { type: 'boolean', help: 'send the order through both doors to the paper venue' },
  },
  run,
};

async function run(_words: readonly string[], options: Options, io: Io): Promise<number> {
  const { symbol } = options;
  const afterMinutes = minutesOf(options);
  const symbols = symbolsOf(typeof symbol === 'string' ? [symbol] : []);
  const open = await openVirtualRun(symbols, options, io, { afterMinutes });
  return withDesks(open, io, async ({ desks: [desk], transcripts }) => {
    const { house } = open;
    if (open.replayed && afterMinutes > 0) await house.pass((afterMinutes * MINUTE) as SpanMs);
    if (desk === undefined)
      throw new UsageError('SYMBOL_INVALID', 'no market', 'name one with --symbol');
    const began = performance.now();
    const decision = await desk.decider.decide(newProposalId(), io.signal);
    const took = Math.round(performance.now() - began);
    transcripts.put(decision.transcript);
    const { proposal } = decision;
    const verdict = proposal === null ? null : house.wouldSay(proposal);
    if (proposal !== null && options['send'] === true)
      await house.submit(desk.config.desk, proposal);
    if (options['json'] === true) io.out(jsonOf(decision, verdict, took));
    else {
      for (const line of decisionLines(decision, verdict, { whole: options['facts'] === true }))
        io.out(line);
      if (options['send'] === true) for (const line of house.told()) io.out(line);
      io.out(`took       ${took} ms`);
    }
    return verdict === null || verdict.kind !== 'refused' ? 0 : 1;
  });
}

function minutesOf({ after, bars }: Options): number {
  if (after === undefined) return bars === undefined ? AFTER_MINUTES : 0;
  const minutes = Number(after);
  if (Number.isSafeInteger(minutes) && minutes >= 0 && minutes <= 10_080) return minutes;
  throw new UsageError(
    'USAGE_INVALID',
    `--after ${String(after)}`,
    'give whole minutes, at most a week',
  );
}

const jsonOf = (
  { id, end, proposal, transcript, transcriptHash }: Decision,
  verdict: Verdict | null,
  tookMs: number,
): string =>
  JSON.stringify({
    id,
    end,
    proposal: proposal === null ? null : proposalCodec.write(proposal),
    verdict: verdict === null ? null : verdictJson(verdict),
    transcriptHash,
    transcript: JSON.parse(canonicalText(transcript)) as unknown,
    tookMs,
  });
