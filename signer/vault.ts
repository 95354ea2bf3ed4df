/** The vault's judgement, as a pure reducer: what to write, what to sign, what to answer, and in which order. */
import * as f from '#firewall';
import { checkLetters, type Refusal } from './approval-check.ts';
import type { SignedRequest, VaultAnswer, VaultRequest, VaultStatus } from './contract.ts';
import { checkCaps } from './hard-caps.ts';
import type { Opens } from './seal.ts';
import type { VaultConfig } from './vault-config.ts';
import type { Reserved, VaultRecord } from './vault-journal.ts';
import * as memory from './vault-state.ts';
import type { VaultState } from './vault-state.ts';
import { paperBody, paperDigest } from './venues/paper.ts';

/** What a vault is made of; constant while it runs. */
export type VaultParts = Readonly<{
  config: VaultConfig;
  policy: f.Policy;
  opens: Opens;
  recheck: (input: f.RecheckInput) => readonly f.Check[];
}>;

export type VaultEvent =
  | Readonly<{
      kind: 'request';
      request: VaultRequest;
      /** The vault's own clock. */ own: f.TimeMs;
    }>
  | Readonly<{ kind: 'malformed'; id: number; detail: string }>
  /** The answer to a `sign` effect; null when the fresh signature did not hold. */
  | Readonly<{
      kind: 'signature';
      id: number;
      approvalId: string;
      signature: string | null;
      now: f.TimeMs;
    }>;

/** To be done in order; when one cannot be done, none after it may be. */
export type VaultEffect =
  | Readonly<{ kind: 'append'; record: VaultRecord }>
  | Readonly<{ kind: 'sign'; id: number; approvalId: string; digest: f.Hash; now: f.TimeMs }>
  | Readonly<{ kind: 'answer'; answer: VaultAnswer }>;

export type VaultStep = Readonly<{ state: VaultState; effects: readonly VaultEffect[] }>;

/** Beyond this the two clocks cannot both be right. On paper the venue's clock is the only one that counts. */
const CLOCK_SKEW_MS = 2_000;

export function step(state: VaultState, event: VaultEvent, parts: VaultParts): VaultStep {
  if (event.kind === 'malformed')
    return refuse(state, event.id, { code: 'REQUEST_MALFORMED', detail: event.detail });
  if (event.kind === 'signature') return release(state, event);
  const { request, own } = event;
  switch (request.kind) {
    case 'sign':
      return sign(state, request, { ...parts, own });
    case 'settle':
      return settle(state, request, own);
    case 'halt':
      return write(state, { kind: 'halted', at: own, reason: request.reason }, (next) =>
        status(next, request.id, parts.config),
      );
    case 'status': {
      const { anchor } = request;
      const behind = anchor !== null && !memory.knows(state, anchor);
      const next = behind ? { ...state, rolledBack: true } : state;
      return { state: next, effects: [status(next, request.id, parts.config)] };
    }
  }
}

const answer = (given: VaultAnswer): VaultEffect => ({ kind: 'answer', answer: given });

const refuse = (state: VaultState, id: number, { code, detail }: Refusal): VaultStep => ({
  state,
  effects: [answer({ kind: 'refused', id, code, detail })],
});

/** Writes first; what follows may look at the state that was written. */
function write(
  state: VaultState,
  record: VaultRecord,
  then: (next: VaultState) => VaultEffect,
): VaultStep {
  const next = memory.remember(state, record);
  return { state: next, effects: [{ kind: 'append', record }, then(next)] };
}

type SignRequest = Extract<VaultRequest, { kind: 'sign' }>;
type Signing = VaultParts & Readonly<{ own: f.TimeMs }>;

function sign(state: VaultState, request: SignRequest, parts: Signing): VaultStep {
  const { id, now } = request;
  const { config, own } = parts;
  const no = (code: Refusal['code'], detail: string): VaultStep =>
    refuse(state, id, { code, detail });
  if (state.opened === null) return no('SIGNER_NOT_READY', 'the journal has no beginning');
  if (state.rolledBack) return no('JOURNAL_ROLLED_BACK', 'the journal is behind what was signed');
  if (config.network !== 'paper' && Math.abs(now - own) > CLOCK_SKEW_MS)
    return no('CLOCK_DISAGREES', `${now - own} ms apart`);
  const letters = checkLetters(request, config, parts.opens);
  if (!letters.ok) return refuse(state, id, letters);
  const { approval, approvalHash, proposal } = letters;

  const known = state.signings.get(approval.id);
  if (known !== undefined && known.reserved.approvalHash !== approvalHash)
    return conflict(state, request, approval.id);
  if (now < approval.notBefore) return no('APPROVAL_NOT_YET_VALID', `from ${approval.notBefore}`);
  if (now > approval.expiresAt) return no('APPROVAL_EXPIRED', `until ${approval.expiresAt}`);
  if (approval.notBefore < state.opened.floor.notBefore)
    return no('APPROVAL_EXPIRED', 'from before this journal was begun');
  if (known === undefined && approval.sequence <= state.highWater)
    return no('APPROVAL_SEQUENCE_REPLAYED', `${approval.sequence}, highest ${state.highWater}`);
  if (known === undefined && memory.nonceUsed(state, approval.nonce))
    return no('APPROVAL_NONCE_REPLAYED', approval.nonce);
  // A halted vault still takes orders back: a cancel is never what a halt is against.
  if (state.halted !== null && proposal.kind === 'order') return no('SIGNER_HALTED', state.halted);
  const stored = known === undefined ? null : memory.requestOf(known);
  if (stored !== null) return { state, effects: [released(state, id, stored)] };

  const refusal = recheckRefusal(state, { proposal, market: request.market, now }, parts);
  if (refusal !== null) return refuse(state, id, refusal);
  // A crash lay between the promise and the signature: the same digest, and nothing else, is signed now.
  if (known !== undefined) return { state, effects: [signEffect(id, known.reserved, now)] };
  const { market } = request;
  const { caps } = config;
  const capped = checkCaps({ proposal, market, caps, currency: parts.policy.currency, state, now });
  if (!capped.ok) return refuse(state, id, capped);
  const reserved = reservationOf(state, { approval, approvalHash, proposal, now }, config);
  return write(state, { ...reserved, counted: capped.counted }, () =>
    signEffect(id, reserved, now),
  );
}

const signEffect = (id: number, { approvalId, digest }: Reserved, now: f.TimeMs): VaultEffect => ({
  kind: 'sign',
  id,
  approvalId,
  digest,
  now,
});

/** Two approvals under one id: the gate's key is not to be trusted any more, and only a human says when it is. */
function conflict(state: VaultState, { id, now }: SignRequest, approvalId: string): VaultStep {
  const detail = `approval ${approvalId} exists with another text`;
  const refusal = answer({ kind: 'refused', id, code: 'APPROVAL_CONFLICT', detail });
  if (state.halted !== null) return { state, effects: [refusal] };
  const reason = `APPROVAL_CONFLICT: ${detail}`;
  return write(state, { kind: 'halted', at: now, reason }, () => refusal);
}

type Fresh = Readonly<{ proposal: f.Proposal; market: f.MarketView; now: f.TimeMs }>;

/** The same rules once more, on the market as it is now. */
function recheckRefusal(state: VaultState, fresh: Fresh, parts: VaultParts): Refusal | null {
  const { proposal } = fresh;
  const checks = parts.recheck({
    ...fresh,
    policy: parts.policy,
    state: state.halted === null ? 'ACTIVE' : 'HALTED',
    reducing: proposal.kind === 'order' && proposal.reduceOnly,
  });
  if (f.recheckPasses(checks)) return null;
  const codes = checks.flatMap((check) => (check.status === 'fail' ? [check.code ?? '?'] : []));
  return { code: 'RECHECK_REFUSED', detail: codes.join(' ') };
}

type Passed = Readonly<{
  approval: f.Approval;
  approvalHash: f.Hash;
  proposal: f.Proposal;
  now: f.TimeMs;
}>;

function reservationOf(state: VaultState, passed: Passed, config: VaultConfig): Reserved {
  const { approval, approvalHash, proposal, now } = passed;
  const { account, address } = config;
  const clientId = f.clientIdOf(approval.id);
  const requestNonce = Math.max(now, state.requestNonce + 1);
  // The venue forgets the request when the gate's approval ends: nothing lands later than it was meant to.
  const deadline = approval.expiresAt;
  const body = paperBody(proposal, { account, address, clientId, nonce: requestNonce, deadline });
  return {
    kind: 'reserved',
    at: now,
    approvalId: approval.id,
    approvalHash,
    sequence: approval.sequence,
    nonce: approval.nonce,
    expiresAt: approval.expiresAt,
    symbol: proposal.symbol,
    clientId,
    counted: null,
    requestNonce,
    deadline,
    body,
    digest: paperDigest(body),
  };
}

function released(state: VaultState, id: number, request: SignedRequest): VaultEffect {
  const journalId = state.opened?.journalId ?? '';
  return answer({ kind: 'signed', id, request, journal: { ...state.anchor, journalId } });
}

/** The signature is durable before it leaves. */
function release(state: VaultState, event: Extract<VaultEvent, { kind: 'signature' }>): VaultStep {
  const { id, approvalId, signature, now } = event;
  const known = state.signings.get(approvalId);
  f.assert(known?.signature === null, 'only what is reserved and not yet signed is signed');
  if (signature === null) {
    const reason = `SIGNATURE_INVALID: ${approvalId}`;
    const detail = 'a fresh signature did not hold';
    return write(state, { kind: 'halted', at: now, reason }, () =>
      answer({ kind: 'refused', id, code: 'SIGNATURE_INVALID', detail }),
    );
  }
  return write(state, { kind: 'signed', at: now, approvalId, signature }, (next) =>
    released(next, id, memory.signedRequest(known.reserved, signature)),
  );
}

type SettleRequest = Extract<VaultRequest, { kind: 'settle' }>;

function settle(state: VaultState, request: SettleRequest, own: f.TimeMs): VaultStep {
  const { id, approvalId, outcome } = request;
  const known = state.signings.get(approvalId);
  const settled = answer({ kind: 'settled', id });
  // Told twice, or of what was never signed: there is nothing to write.
  if (known === undefined || known.outcome === outcome || !memory.isOpen(known))
    return { state, effects: [settled] };
  return write(state, { kind: 'settled', at: own, approvalId, outcome }, () => settled);
}

const status = (state: VaultState, id: number, config: VaultConfig): VaultEffect =>
  answer({ kind: 'status', id, status: statusOf(state, config) });

export function statusOf(state: VaultState, config: VaultConfig): VaultStatus {
  const { address, network, account } = config;
  return {
    ready: state.opened !== null && !state.rolledBack,
    halted: state.rolledBack ? 'JOURNAL_ROLLED_BACK' : state.halted,
    address,
    network,
    account,
    journalId: config.journalId,
    journalEntries: state.anchor.entries,
    journalHead: state.anchor.head,
    open: memory.openOrders(state),
  };
}
