/** The audit: from the ledger's lines alone, is the chain whole and does every recorded verdict come out again? */
import {
  approvalIdOf,
  hashOf,
  judge,
  marketViewCodec,
  proposalCodec,
  textOf,
  type Envelope,
  type Hash,
  type Seal,
} from '#firewall';
import { judgedCase, summaryOf } from './capsule.ts';
import { LedgerError, type Entry, type LedgerEvent, type VerdictSummary } from './contract.ts';
import { Fold } from './fold.ts';
import { entriesOf } from './ledger.ts';

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;

export type AuditFault = Readonly<{
  sequence: number;
  code:
    | 'LEDGER_CORRUPT'
    | 'POLICY_HASH_WRONG'
    | 'POLICY_UNREADABLE'
    | 'DECISION_WITHOUT_POLICY'
    | 'PROPOSAL_HASH_WRONG'
    | 'VERDICT_DIFFERS'
    | 'SEAL_WRONG'
    | 'EFFECTS_DIFFER'
    | 'APPROVAL_UNFOUNDED'
    | 'APPROVAL_WRONG';
  /** What was recorded, and what comes out now. */
  recorded: string;
  found: string;
}>;

export type AuditReport = Readonly<{
  entries: number;
  decisions: number;
  head: Hash | null;
  fault: AuditFault | null;
}>;

export type AuditProgress = Readonly<{ entries: number; decisions: number }>;

/** Whether an envelope was sealed by a key; the caller brings the cryptography. */
export type Opens = (kind: Seal, envelope: Envelope, publicKey: string) => boolean;

/** Stops at the first fault: behind it nothing can be trusted. */
export function audit(
  lines: Iterable<string>,
  opens: Opens,
  onProgress: (progress: AuditProgress) => void = () => {},
): AuditReport {
  const fold = new Fold();
  let entries = 0;
  let decisions = 0;
  let head: Hash | null = null;
  const report = (fault: AuditFault | null): AuditReport => ({ entries, decisions, head, fault });
  try {
    for (const entry of entriesOf(lines)) {
      const fault = faultOf(fold, entry, opens);
      if (fault !== null) return report(fault);
      fold.apply(entry);
      const after = policyFault(fold, entry);
      if (after !== null) return report(after);
      entries += 1;
      head = entry.hash;
      if (entry.event.kind === 'decision') decisions += 1;
      if (entries % 1_000 === 0) onProgress({ entries, decisions });
    }
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    const found = cause.message;
    return report({ sequence: entries + 1, code: 'LEDGER_CORRUPT', recorded: 'a chain', found });
  }
  return report(null);
}

function policyFault(fold: Fold, { event, sequence }: Entry): AuditFault | null {
  if (event.kind !== 'configured') return null;
  const { policyHash: recorded } = event;
  if (fold.policy === null)
    return { sequence, code: 'POLICY_UNREADABLE', recorded, found: 'no policy of this build' };
  return fold.policy.hash === recorded
    ? null
    : { sequence, code: 'POLICY_HASH_WRONG', recorded, found: fold.policy.hash };
}

const summaryText = ({ kind, codes, reducing, hash }: VerdictSummary): string =>
  `${kind}${reducing ? ' (reducing)' : ''} ${codes.join(' ')} ${hash}`;

/** The desk's seal over the proposal, by the key that was registered then. */
function sealFault(fold: Fold, event: Decision, opens: Opens): string | null {
  const { desk } = event.proposal.provenance;
  const known = fold.controls.configured?.desks.find((entry) => entry.desk === desk);
  const { signature } = event;
  const envelope = { from: desk, body: textOf(proposalCodec, event.proposal), signature };
  return known !== undefined && opens('proposal', envelope, known.publicKey) ? null : desk;
}

function faultOf(fold: Fold, { event, sequence }: Entry, opens: Opens): AuditFault | null {
  if (event.kind !== 'decision') return null;
  const fault = (code: AuditFault['code'], recorded: string, found: string): AuditFault => ({
    sequence,
    code,
    recorded,
    found,
  });
  const { policy } = fold;
  if (policy === null) return fault('DECISION_WITHOUT_POLICY', event.proposalHash, 'no policy');
  const proposalHash = hashOf(proposalCodec, event.proposal);
  if (proposalHash !== event.proposalHash)
    return fault('PROPOSAL_HASH_WRONG', event.proposalHash, proposalHash);
  const judged = judgedCase(fold, event, policy);
  const verdict = judge(judged);
  const again = summaryOf(verdict);
  if (summaryText(again) !== summaryText(event.verdict))
    return fault('VERDICT_DIFFERS', summaryText(event.verdict), summaryText(again));
  const seal = sealFault(fold, event, opens);
  if (seal !== null) return fault('SEAL_WRONG', seal, 'another key or another text');
  if (JSON.stringify(verdict.effects) !== JSON.stringify(event.effects))
    return fault('EFFECTS_DIFFER', JSON.stringify(event.effects), JSON.stringify(verdict.effects));
  if (event.approval === null) return null;
  if (verdict.kind !== 'approved' || verdict.mode === 'shadow')
    return fault('APPROVAL_UNFOUNDED', event.approval.id, verdict.kind);
  return approvalFault(fold, event, fault);
}

function approvalFault(
  fold: Fold,
  event: Decision,
  fault: (code: AuditFault['code'], recorded: string, found: string) => AuditFault,
): AuditFault | null {
  const { approval } = event;
  if (approval === null) return null;
  const { account } = fold;
  const expected: Readonly<Record<string, string | number>> = {
    id: approvalIdOf(event.proposalHash),
    sequence: account.approvalSequence + 1,
    proposalId: event.proposal.id,
    proposalHash: event.proposalHash,
    policyHash: fold.policy?.hash ?? '',
    marketHash: hashOf(marketViewCodec, event.market),
    ledgerHead: fold.head.hash,
    stateVersion: account.version,
    account: event.proposal.account,
    symbol: event.proposal.symbol,
    notBefore: event.at,
    expiresAt: event.at + (fold.policy?.approvalTtlMs ?? 0),
  };
  for (const [key, value] of Object.entries(expected)) {
    const recorded = approval[key as keyof typeof approval];
    if (recorded !== value) return fault('APPROVAL_WRONG', `${key} ${recorded}`, `${key} ${value}`);
  }
  return account.approvals.has(approval.id)
    ? fault('APPROVAL_WRONG', approval.id, 'a second approval of one proposal')
    : null;
}
