/** A decision capsule: one document that holds a decision whole, and gives its verdict again bit for bit. */
import {
  accountViewCodec,
  approvalCodec,
  base64,
  canonicalText,
  caseCodec,
  checkCodec,
  controlsCodec,
  decode,
  hash,
  hashOf,
  hashText,
  integer,
  judge,
  list,
  marketViewCodec,
  nullable,
  proposalCodec,
  record,
  textOf,
  verdictCodec,
  verdictHash,
  type Approval,
  type Case,
  type Check,
  type Codec,
  type Decoded,
  type Hash,
  type Json,
  type RecordedVerdict,
  type Verdict,
} from '#firewall';
import type { Entry, LedgerEvent, VerdictSummary } from './contract.ts';
import { eventCodec } from './event-codec.ts';
import { Fold } from './fold.ts';
import { hashOfEntry } from './ledger.ts';

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;

export type Capsule = Readonly<{
  /** 2 where the transcript of the desk is in it; 1 is a capsule from before, or of a decision without one. */
  capsule: 1 | 2;
  /** The decision's place in its ledger; the hash ties the capsule to the chain. */
  sequence: number;
  previous: Hash;
  hash: Hash;
  /** The desk's seal over the proposal. */
  signature: string;
  case: Case;
  verdict: RecordedVerdict;
  verdictHash: Hash;
  /** Of the three views that were judged. */
  marketHash: Hash;
  accountHash: Hash;
  controlsHash: Hash;
  approval: Approval | null;
  approvalSignature: string | null;
  /** The decision's own record, and everything that became of it: outcomes and fills, in order. */
  record: LedgerEvent;
  after: readonly LedgerEvent[];
  /** How the desk came to ask: evidence, prompts, answers. The proposal names its hash. */
  transcript: Json;
}>;

type Bare = Omit<Capsule, 'transcript'>;
const fields = {
  capsule: integer<1 | 2>(1, 2),
  sequence: integer(1),
  previous: hash,
  hash,
  signature: base64(120),
  case: caseCodec,
  verdict: verdictCodec,
  verdictHash: hash,
  marketHash: hash,
  accountHash: hash,
  controlsHash: hash,
  approval: nullable(approvalCodec),
  approvalSignature: nullable(base64(120)),
  record: eventCodec,
  after: list(eventCodec, 100_000),
};
/** What lies in the desk's own record is its own business; here it is data with a hash. */
const anyJson: Codec<Json> = { read: (value) => value as Json, write: (value) => value };
const bare: Codec<Bare> = record<Bare>({ ...fields, capsule: integer<1>(1, 1) });
const whole: Codec<Capsule> = record<Capsule>({
  ...fields,
  capsule: integer<2>(2, 2),
  transcript: anyJson,
});

export const capsuleCodec: Codec<Capsule> = {
  read: (value, at) =>
    isBare(value) ? { ...bare.read(value, at), transcript: null } : whole.read(value, at),
  write: ({ transcript, ...rest }) =>
    rest.capsule === 1 ? bare.write(rest) : whole.write({ ...rest, transcript }),
};

const isBare = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'capsule' in value && value.capsule === 1;

/** The capsule with what its desk has written down; null where nothing was. */
export const withTranscript = (capsule: Capsule, transcript: Json): Capsule =>
  transcript === null ? capsule : { ...capsule, capsule: 2, transcript };

/** The hash of the desk's own record, as the proposal names it. */
export const transcriptHashOf = ({ case: { proposal } }: Pick<Capsule, 'case'>): Hash | null =>
  proposal.kind === 'order' ? proposal.transcript : null;

/** Builds the capsule of one decision by folding the ledger up to it; null when there is no such decision. */
export function capsuleOf(
  entries: Iterable<Entry>,
  wanted: (entry: Entry) => boolean,
): Capsule | null {
  const fold = new Fold();
  let found: Omit<Bare, 'after'> | null = null;
  let clientId: string | null = null;
  const after: LedgerEvent[] = [];
  for (const entry of entries) {
    const { event } = entry;
    if (found === null && event.kind === 'decision' && wanted(entry)) {
      const { policy } = fold;
      if (policy === null) return null;
      found = opened(entry, event, judgedCase(fold, event, policy));
    } else if (found !== null) {
      if (event.kind === 'outcome' && event.approvalId === found.approval?.id) {
        clientId = event.clientId;
        after.push(event);
      }
      if (event.kind === 'fill' && event.clientId === clientId) after.push(event);
    }
    fold.apply(entry);
    clientId ??= clientOf(fold, found?.approval ?? null);
  }
  return found === null ? null : { ...found, after, transcript: null };
}

const clientOf = (fold: Fold, approval: Approval | null): string | null =>
  approval === null ? null : (fold.account.byApproval.get(approval.id)?.clientId ?? null);

export const judgedCase = (fold: Fold, event: Decision, policy: Case['policy']): Case =>
  fold.caseOf({ ...event, now: event.at }, policy);

function opened(entry: Entry, event: Decision, judged: Case): Omit<Bare, 'after'> {
  const verdict = judge(judged);
  return {
    capsule: 1,
    sequence: entry.sequence,
    previous: entry.previous,
    hash: entry.hash,
    signature: event.signature,
    case: judged,
    verdict: withoutOrder(verdict),
    verdictHash: event.verdict.hash,
    marketHash: hashOf(marketViewCodec, event.market),
    accountHash: hashOf(accountViewCodec, judged.account),
    controlsHash: hashOf(controlsCodec, judged.controls),
    approval: event.approval,
    approvalSignature: event.approvalSignature,
    record: event,
  };
}

/** What the ledger records of a verdict. */
export const summaryOf = (verdict: Verdict): VerdictSummary => ({
  kind: verdict.kind,
  codes:
    verdict.kind === 'refused' ? verdict.codes : verdict.kind === 'held' ? verdict.because : [],
  reducing: verdict.reducing,
  hash: verdictHash(verdict),
});

/** The order is the proposal beside it; a verdict on disk is nothing that may be sent. */
function withoutOrder(verdict: Verdict): RecordedVerdict {
  if (verdict.kind !== 'approved') return verdict;
  const { order: _order, ...rest } = verdict;
  return rest;
}

export const capsuleText = (capsule: Capsule): string => textOf(capsuleCodec, capsule);

/** Reads a capsule's document; hashes inside it are checked by `replay`. */
export const readCapsule = (document: unknown): Decoded<Capsule> => decode(capsuleCodec, document);

export type Difference = Readonly<{ at: string; recorded: string; replayed: string }>;

/** Judges the capsule's case again and compares everything; no difference means that it is what it says. */
export function replay(capsule: Capsule): readonly Difference[] {
  const differences: Difference[] = [];
  const compare = (at: string, recorded: string, replayed: string): void => {
    if (recorded !== replayed) differences.push({ at, recorded, replayed });
  };
  const { record: event, case: judged } = capsule;
  const text = canonicalText(eventCodec.write(event));
  compare('hash', capsule.hash, hashOfEntry(capsule.previous, capsule.sequence, text));
  if (event.kind !== 'decision')
    return [...differences, { at: 'record', recorded: event.kind, replayed: 'decision' }];
  compare('proposal', event.proposalHash, hashOf(proposalCodec, judged.proposal));
  compare('market', capsule.marketHash, hashOf(marketViewCodec, judged.market));
  compare('market', hashOf(marketViewCodec, event.market), capsule.marketHash);
  compare('account', capsule.accountHash, hashOf(accountViewCodec, judged.account));
  compare('controls', capsule.controlsHash, hashOf(controlsCodec, judged.controls));
  compare('approval', written(event.approval), written(capsule.approval));
  if (capsule.approval !== null) compare('policy', capsule.approval.policyHash, judged.policy.hash);
  if (capsule.capsule === 2)
    compare(
      'transcript',
      transcriptHashOf(capsule) ?? 'none',
      hashText(canonicalText(capsule.transcript)),
    );
  const again = judge(judged);
  compareChecks(capsule.verdict.checks, again.checks, differences);
  compare('verdict', hashOf(verdictCodec, capsule.verdict), verdictHash(again));
  compare('verdict hash', event.verdict.hash, verdictHash(again));
  compare('verdict hash', capsule.verdictHash, event.verdict.hash);
  return differences;
}

const written = (approval: Approval | null): string =>
  approval === null ? 'none' : hashOf(approvalCodec, approval);

function compareChecks(
  recorded: readonly Check[],
  replayed: readonly Check[],
  differences: Difference[],
): void {
  const count = Math.max(recorded.length, replayed.length);
  for (let index = 0; index < count; index += 1) {
    const [a, b] = [recorded[index], replayed[index]];
    const [before, after] = [checkText(a), checkText(b)];
    if (before !== after)
      differences.push({ at: `rule ${a?.rule ?? b?.rule}`, recorded: before, replayed: after });
  }
}

const checkText = (check: Check | undefined): string =>
  check === undefined ? 'none' : textOf(checkCodec, check);
