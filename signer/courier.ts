/** The courier's judgement, as a pure reducer: what to write, send, ask and tell. Nothing is ever sent twice. */
import * as f from '#firewall';
import type { OpenOrder, SignedRequest, Settlement, VaultAnswer, VenueFact } from './contract.ts';
import type { VenueOrderState, VenueReply } from './contract.ts';
import type { CourierRecord } from './courier-journal.ts';
import { mayDoubt, recall, type BadLetter } from './courier-state.ts';
import type { CourierState, Errand } from './courier-state.ts';
import { codeOf, plain, type OutcomeEvent, type OutcomeKind } from './outcome.ts';
import type { Opens } from './seal.ts';

export type CourierParts = Readonly<{
  account: string;
  gate: Readonly<{ keyId: string; publicKey: string }>;
  opens: Opens;
}>;

type Timed<T> = T & Readonly<{ now: f.TimeMs }>;
export type Letters = Readonly<{ approval: f.Envelope; proposal: f.Envelope }>;

/** Why the vault was not even asked. */
export type Unasked = Readonly<{ kind: 'unasked'; code: 'MARKET_UNKNOWN' | 'SIGNER_HALTED' }>;

export type CourierEvent = Timed<
  /** At start: what the vault holds open beside what the journal says. */
  | Readonly<{ kind: 'resume'; open: readonly OpenOrder[] }>
  | Readonly<{ kind: 'approval'; letters: Letters }>
  | Readonly<{ kind: 'unreadable'; detail: string }>
  | Readonly<{ kind: 'vault'; approvalId: string; answer: VaultAnswer | Unasked }>
  | Readonly<{ kind: 'reply'; approvalId: string; reply: VenueReply }>
  /** Past the fence the venue was asked twice and said the same. */
  | Readonly<{ kind: 'fenced'; approvalId: string; found: VenueOrderState | null }>
  /** The venue was asked about an acknowledged order, with its stream heard to the end. */
  | Readonly<{ kind: 'checked'; approvalId: string; found: VenueOrderState | null }>
  | Readonly<{ kind: 'fact'; sequence: number; fact: VenueFact }>
  | Readonly<{ kind: 'compared'; status: 'clean' | 'mismatch'; detail: string }>
  | Readonly<{ kind: 'acknowledged'; upTo: number; offset: number }>
>;

/** To be done in order; what comes before an `append` is not to be done after a failed one. */
export type CourierEffect =
  | Readonly<{ kind: 'append'; record: CourierRecord }>
  | Readonly<{ kind: 'ask'; approvalId: string; symbol: string; letters: Letters }>
  /** The gate contradicts itself: the vault must know. */
  | Readonly<{ kind: 'accuse'; symbol: string; letters: Letters }>
  | Readonly<{ kind: 'send'; request: SignedRequest }>
  | Readonly<{ kind: 'fence'; approvalId: string; asked: string; deadline: f.TimeMs }>
  | Readonly<{ kind: 'settle'; approvalId: string; outcome: Settlement }>
  | Readonly<{ kind: 'publish'; message: number; event: OutcomeEvent }>;

export type CourierStep = Readonly<{ state: CourierState; effects: readonly CourierEffect[] }>;

/** Rejections that may be the echo of our own bytes arriving twice: they say nothing about the first arrival. */
const ECHOES: readonly string[] = ['NONCE_REPLAYED', 'CLIENT_ID_DUPLICATE'];
/** Done by its fills: the gate keeps the reservation until it has them, should this word overtake them. */
const FILLED = 'FILLED';
/** A letter this long dead is a ghost of the queue; its ending was told and forgotten long ago. */
const GHOST_MS = 600_000;

/** One step being made: the state so far, and what is to be done. */
class Turn {
  state: CourierState;
  readonly effects: CourierEffect[] = [];
  readonly now: f.TimeMs;
  constructor(state: CourierState, now: f.TimeMs) {
    this.state = state;
    this.now = now;
  }
  write(record: CourierRecord): void {
    this.state = recall(this.state, record);
    this.effects.push({ kind: 'append', record });
  }
  tell(event: OutcomeEvent, cursor: number | null = null): void {
    this.write({ kind: 'told', at: this.now, event, cursor });
    this.effects.push({ kind: 'publish', message: this.state.messages, event });
  }
  end(errand: Errand, outcome: OutcomeKind, more: Ending = {}): void {
    const { approvalId, clientId } = errand;
    const sequence = this.state.outcomes + 1;
    const code = more.code ?? null;
    const event = { kind: 'outcome', approvalId, clientId, outcome, code, sequence } as const;
    this.tell({ ...event, at: this.now }, more.cursor ?? null);
    const settled = SETTLED[outcome];
    if (settled !== null) this.effects.push({ kind: 'settle', approvalId, outcome: settled });
  }
  note(code: string, detail: string): void {
    this.tell({ kind: 'noted', at: this.now, code, detail: plain(detail), qty: null });
  }
  /** A note about a letter that whoever can write to the queue may have put there: of these only so many an hour. */
  doubt(code: BadLetter, detail: string): void {
    if (mayDoubt(this.state, this.now)) this.note(code, detail);
  }
  fence(errand: Errand): void {
    const { approvalId, asked, deadline } = errand;
    f.assert(deadline !== null, 'only what was signed is fenced');
    this.effects.push({ kind: 'fence', approvalId, asked, deadline });
  }
}

type Ending = Readonly<{ code?: string; cursor?: number }>;

const SETTLED: Readonly<Record<OutcomeKind, Settlement | null>> = {
  // The vault may have signed it before a crash; its bytes never left.
  'signer-refused': 'not-placed',
  expired: 'not-placed',
  acked: 'acked',
  rejected: 'rejected',
  unknown: null,
  'not-placed': 'not-placed',
  done: 'done',
};

export function step(state: CourierState, event: CourierEvent, parts: CourierParts): CourierStep {
  const turn = new Turn(state, event.now);
  switch (event.kind) {
    case 'resume':
      resume(turn, event.open);
      break;
    case 'approval':
      receive(turn, event.letters, parts);
      break;
    case 'unreadable':
      turn.doubt('APPROVAL_UNREADABLE', event.detail);
      break;
    case 'vault':
      heedVault(turn, event.approvalId, event.answer);
      break;
    case 'reply':
      heedReply(turn, event.approvalId, event.reply);
      break;
    case 'fenced':
      resolve(turn, event.approvalId, event.found);
      break;
    case 'checked':
      close(turn, event.approvalId, event.found);
      break;
    case 'fact':
      if (event.sequence > state.cursor) hear(turn, event.sequence, event.fact);
      break;
    case 'compared':
      turn.tell({
        kind: 'reconciled',
        at: event.now,
        status: event.status,
        detail: plain(event.detail),
      });
      break;
    case 'acknowledged': {
      const { upTo, offset, now } = event;
      turn.write({ kind: 'acknowledged', at: now, upTo, offset });
    }
  }
  return { state: turn.state, effects: turn.effects };
}

/** After a start nothing is sent: what was under way is asked about, what was only received is asked for again. */
function resume(turn: Turn, open: readonly OpenOrder[]): void {
  for (const order of open) {
    const errand = turn.state.errands.get(order.approvalId);
    // What was promised and never signed cannot have left.
    if (errand === undefined && order.request !== null) adopt(turn, order);
    else if (errand === undefined) forget(turn, order);
    else if (errand.told !== null) settleAgain(turn, errand);
  }
  for (const errand of turn.state.errands.values()) {
    if (errand.letters !== null && errand.stage === 'RECEIVED')
      turn.effects.push({ kind: 'ask', ...errand, letters: errand.letters });
    if (errand.stage === 'SENT') turn.end(errand, 'unknown');
    if (errand.stage === 'SENT' || errand.stage === 'UNKNOWN') turn.fence(errand);
  }
}

function adopt(turn: Turn, order: OpenOrder): void {
  const { approvalId, clientId, symbol, deadline } = order;
  turn.note('ORDER_ADOPTED', `${clientId} was signed and is not in the courier's journal`);
  turn.write({ kind: 'adopted', at: turn.now, approvalId, clientId, symbol, deadline });
}

const forget = (turn: Turn, { approvalId }: OpenOrder): void =>
  void turn.effects.push({ kind: 'settle', approvalId, outcome: 'not-placed' });

function settleAgain(turn: Turn, { approvalId, told }: Errand): void {
  const outcome = told === null ? null : SETTLED[told];
  if (outcome !== null) turn.effects.push({ kind: 'settle', approvalId, outcome });
}

function receive(turn: Turn, letters: Letters, { account, gate, opens }: CourierParts): void {
  const { approval, proposal } = letters;
  const forged = approval.from !== gate.keyId || !opens('approval', approval, gate.publicKey);
  if (forged) return turn.doubt('APPROVAL_FORGED', `from ${approval.from}`);
  const read = f.decodeText(f.approvalCodec, approval.body, 4_096);
  if (!read.ok) return turn.doubt('APPROVAL_UNREADABLE', `${read.at}: wanted ${read.want}`);
  const { value } = read;
  if (value.account !== account) return turn.doubt('APPROVAL_FOREIGN', `for ${value.account}`);
  // Whoever can write to the queue can put any text beside a genuine approval: it is not let into the journal,
  // and the approval is not used up, for the gate sends the pair again as it was.
  if (f.hashText(proposal.body) !== value.proposalHash)
    return turn.doubt('PROPOSAL_MISMATCH', `beside approval ${value.id}`);
  const known = turn.state.errands.get(value.id);
  const text = known?.approvalHash ?? null;
  if (text !== null && text !== f.hashText(approval.body)) {
    turn.doubt('APPROVAL_CONFLICT', `approval ${value.id} came with another text`);
    turn.effects.push({ kind: 'accuse', symbol: value.symbol, letters });
  }
  if (known !== undefined || turn.now > value.expiresAt + GHOST_MS) return undefined;
  const asked = f.decodeText(f.proposalCodec, proposal.body, f.PROPOSAL_TEXT_MAX);
  const target = asked.ok && asked.value.kind === 'cancel' ? asked.value.target : null;
  const { id: approvalId, symbol } = value;
  const clientId = f.clientIdOf(approvalId);
  turn.write({
    kind: 'received',
    at: turn.now,
    approvalId,
    clientId,
    symbol,
    target,
    approval,
    proposal,
  });
  turn.effects.push({ kind: 'ask', approvalId, symbol, letters });
  return undefined;
}

function heedVault(turn: Turn, approvalId: string, answer: VaultAnswer | Unasked): void {
  const errand = turn.state.errands.get(approvalId);
  if (errand?.stage !== 'RECEIVED') return;
  if (answer.kind === 'signed') {
    const { request, journal } = answer;
    f.assert(request.approvalId === approvalId, 'the vault answers what it was asked');
    turn.write({ kind: 'sent', at: turn.now, request, vault: journal });
    turn.effects.push({ kind: 'send', request });
    return;
  }
  f.assert(answer.kind === 'refused' || answer.kind === 'unasked', 'a signature or a refusal');
  const { code } = answer;
  turn.end(errand, code === 'APPROVAL_EXPIRED' ? 'expired' : 'signer-refused', { code });
}

function heedReply(turn: Turn, approvalId: string, reply: VenueReply): void {
  const errand = turn.state.errands.get(approvalId);
  // The private stream may have been faster than the answer.
  if (errand?.stage !== 'SENT') return;
  if (reply.kind === 'acked') {
    turn.end(errand, errand.cancel ? 'done' : 'acked');
  } else if (reply.kind === 'rejected' && !ECHOES.includes(reply.code)) {
    turn.end(errand, 'rejected', { code: codeOf(reply.code) });
  } else {
    turn.end(errand, 'unknown', { code: reply.kind === 'rejected' ? reply.code : 'TIMEOUT' });
    turn.fence(errand);
  }
}

/** The deadline is past, so what the venue does not know now it will never know. */
function resolve(turn: Turn, approvalId: string, found: VenueOrderState | null): void {
  const errand = turn.state.errands.get(approvalId);
  if (errand?.stage !== 'UNKNOWN') return;
  if (errand.cancel) turn.end(errand, found?.state === 'resting' ? 'not-placed' : 'done');
  else if (found === null) turn.end(errand, 'not-placed');
  else if (found.state === 'rejected') turn.end(errand, 'rejected', { code: 'VENUE_REJECTED' });
  // Its end, if it has one, is told by the stream, behind its fills.
  else turn.end(errand, 'acked');
}

/** An acknowledged order ends by the venue's own word only; an order that it does not know is no end. */
function close(turn: Turn, approvalId: string, found: VenueOrderState | null): void {
  const errand = turn.state.errands.get(approvalId);
  if (errand?.stage !== 'ACKED' || found === null || found.state === 'resting') return;
  if (found.state === 'rejected') turn.end(errand, 'rejected', { code: 'VENUE_REJECTED' });
  else if (found.state === 'filled') turn.end(errand, 'done', { code: FILLED });
  else turn.end(errand, 'done');
}

function hear(turn: Turn, cursor: number, fact: VenueFact): void {
  if (fact.kind === 'cash') return turn.tell(fact.move, cursor);
  const clientId = fact.kind === 'fill' ? fact.fill.clientId : fact.clientId;
  const id = turn.state.byClientId.get(clientId);
  const errand = id === undefined ? undefined : turn.state.errands.get(id);
  const live = fact.kind === 'fill' || fact.state !== 'rejected';
  if (live && errand?.told === 'not-placed')
    turn.note('ORDER_AFTER_ALL', `${clientId} was told not placed, and the venue has it`);
  if (fact.kind === 'fill') return turn.tell(fact.fill, cursor);
  const heard = (): void => turn.write({ kind: 'heard', at: turn.now, cursor });
  if (errand === undefined || errand.told === 'done' || errand.told === 'rejected') return heard();
  switch (fact.state) {
    case 'resting':
      return errand.stage === 'ACKED' ? heard() : turn.end(errand, 'acked', { cursor });
    case 'rejected':
      return turn.end(errand, 'rejected', {
        cursor,
        code: codeOf(fact.reason ?? 'VENUE_REJECTED'),
      });
    case 'filled':
      return turn.end(errand, 'done', { cursor, code: FILLED });
    case 'cancelled':
    case 'expired':
      return turn.end(errand, 'done', { cursor });
  }
}
