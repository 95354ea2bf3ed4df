/** What a desk has around it in tests: real files and keys, and a lane that keeps what it is given. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, decodeText, envelopeCodec, proposalCodec, type OrderProposal } from '#firewall';
import { DeskPost } from '../../bin/desk-post.ts';
import type { Standing } from '../../bin/snapshots.ts';
import { DeskDiary } from '../../infra/desk-diary.ts';
import type { DeskConfig } from '../../infra/desk-config.ts';
import { ensureKey, sealerOf } from '../../infra/keys.ts';
import { openTranscripts } from '../../infra/transcripts.ts';
import type { AccountSummary } from '../../tools/contract.ts';
import { NOW, summary } from '../tools/world.ts';

export const DESK: DeskConfig = {
  desk: 'desk-a',
  strategy: 'trend',
  symbol: 'BTC/USDT:USDT',
  reckless: false,
  agent: 'model',
  fallback: 'algorithmic',
};

export function deskKit(config: DeskConfig = DESK) {
  const root = mkdtempSync(join(tmpdir(), 'airlock-desk-'));
  ensureKey(root, 'desk-a');
  const sent: unknown[] = [];
  const transcripts = openTranscripts(join(root, 'transcripts'));
  const diary = new DeskDiary(join(root, 'diary.db'));
  let broken = false;
  const lane = {
    async send(_key: string, payload: unknown): Promise<void> {
      if (broken) throw new Error('the queue is down');
      sent.push(payload);
    },
  };
  const post = new DeskPost(config, {
    lane,
    sealer: sealerOf(root, 'desk-a'),
    transcripts,
    diary,
  });
  return {
    root,
    sent,
    transcripts,
    diary,
    post,
    breakLane: (): void => {
      broken = true;
    },
    proposals: (): readonly OrderProposal[] => sent.map(proposalIn),
  };
}

function proposalIn(payload: unknown): OrderProposal {
  const envelope = decode(envelopeCodec, payload);
  const proposal = decodeText(proposalCodec, envelope.ok ? envelope.value.body : null, 100_000);
  if (!proposal.ok || proposal.value.kind !== 'order') throw new Error('no order was sent');
  return proposal.value;
}

/** The gate's standing of an account, with what it last said to each desk. */
export function standing(
  changes: Partial<Standing> = {},
  account: Partial<AccountSummary> = {},
): Standing {
  const { at, state, equity, cash, version, working, positions } = summary(account);
  return {
    at,
    pid: 1,
    account: 'paper-1',
    state,
    latches: [],
    equity,
    cash,
    version,
    ledgerEntries: 0,
    decisions: 0,
    fills: 0,
    positions: positions.map((held) => ({ ...held, leave: held.leave ? 'LOSS' : null })),
    working,
    held: [],
    lastByDesk: {},
    ...changes,
  };
}

export const verdict = (
  proposalId: string,
  kind: string,
  ...codes: string[]
): Partial<Standing> => ({
  lastByDesk: { 'desk-a': { proposalId, at: NOW, verdict: kind, codes } },
});
