/** The gate on its ledger: takes one input at a time, does what the core says, and hands out what is to be sent. */
import {
  approvalCodec,
  assert,
  decode,
  hashOf,
  marketViewCodec,
  proposalCodec,
  textOf,
  type Proposal,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { LedgerError, type Entry, type Ledger, type LedgerEvent } from '../ledger/contract.ts';
import { eventCodec } from '../ledger/event-codec.ts';
import { heldSymbols } from '../ledger/account-view-of.ts';
import { decodeCommand } from './commands.ts';
import type { ApprovalMessage, Opener, Sealer, Senses } from './contract.ts';
import { decodeCourierWord } from './courier-words.ts';
import { decide, type Sensed } from './decide.ts';
import { absorb, emptyGate, policyOf, type GateState } from './gate-state.ts';
import {
  badMessage,
  openOutcomeText,
  openSealedProposal,
  plainWords,
  type SealedProposal,
} from './messages.ts';
import { step, type Breakers, type GateEffect, type GateInput, type Marks } from './step.ts';

/** Whose ledger it is. */
export type GateIdentity = Omit<
  Extract<LedgerEvent, { kind: 'opened' }>,
  'kind' | 'at' | 'ledgerId'
>;
/** What an operator has configured; a change of it is recorded before anything is judged by it. */
export type GateConfiguration = Omit<Extract<LedgerEvent, { kind: 'configured' }>, 'kind' | 'at'>;

export type GatePorts = Readonly<{
  /** Opens the ledger and gives every entry once, in order. */
  openLedger(onEntry: (entry: Entry) => void): Ledger;
  sealer: Sealer;
  opener: Opener;
  /** Base64 of the courier's Ed25519 public key. */
  courierKey: string;
  senses: Senses;
  /** 32 hex digits, never the same twice. */
  nonce(): string;
  breakers: Breakers;
  /** Told of every new entry, once it is durable, and of a decision's verdict with every check. */
  observe(entry: Entry, verdict: Verdict | null): void;
}>;

export type GateOptions = Readonly<{
  identity: GateIdentity;
  configuration: GateConfiguration;
}>;

/** What is to be sent to the signer, by approval id. Losing it loses nothing: the outbox says it again. */
export type Outgoing = Readonly<{ key: string; message: ApprovalMessage }>;

export class Gate {
  readonly #ports: GatePorts;
  readonly #state: GateState;
  readonly #ledger: Ledger;

  constructor(ports: GatePorts, { identity, configuration }: GateOptions) {
    this.#ports = ports;
    this.#state = emptyGate(identity.account, ports.senses.now());
    this.#ledger = ports.openLedger((entry) => absorb(this.#state, entry));
    try {
      this.#begin(identity, configuration);
    } catch (cause) {
      this.#ledger.close();
      throw cause;
    }
  }

  #begin(identity: GateIdentity, configuration: GateConfiguration): void {
    const at = this.#ports.senses.now();
    const { opened } = this.#state.fold.account;
    if (opened === null)
      this.#append({ kind: 'opened', at, ...identity, ledgerId: this.#ports.nonce() });
    else if (opened.account !== identity.account || opened.network !== identity.network)
      throw new LedgerError(
        'LEDGER_FOREIGN',
        `the ledger is of ${opened.account} on ${opened.network}, not of ${identity.account} on ${identity.network}`,
      );
    const before = this.#state.fold.controls.configured;
    if (before === null || !sameConfiguration(before, configuration))
      this.#append({ kind: 'configured', at, ...configuration });
    assert(
      policyOf(this.#state).hash === configuration.policyHash,
      'the recorded policy is the configured one',
    );
  }

  /** A message from the proposals lane. */
  receiveProposal(payload: unknown): readonly Outgoing[] {
    const now = this.#ports.senses.now();
    const opened = openSealedProposal(payload, {
      opener: this.#ports.opener,
      desks: this.#state.fold.controls.configured?.desks ?? null,
      account: this.#state.account,
    });
    return opened.kind === 'bad'
      ? this.#do({ kind: 'bad', message: opened, now })
      : this.#do({ kind: 'proposal', sealed: opened, sensed: this.#sense(opened) });
  }

  /** What the verdict would be now. Nothing is recorded and nothing can come of it. */
  wouldSay(proposal: Proposal): Verdict {
    const sealed = { proposal, hash: hashOf(proposalCodec, proposal), signature: '' };
    return decide(this.#state, sealed, this.#sense(sealed), this.#ports.sealer).verdict;
  }

  /** A message from the outcomes lane. */
  receiveOutcome(payload: unknown): readonly Outgoing[] {
    const now = this.#ports.senses.now();
    const opened = openOutcomeText(payload, this.#ports);
    if (opened.kind === 'bad') return this.#do({ kind: 'bad', message: opened, now });
    const word = decodeCourierWord(opened.body);
    if (!word.ok) {
      const message = badMessage(payload, 'OUTCOME_MALFORMED', `${word.at}: want ${word.want}`);
      return this.#do({ kind: 'bad', message, now });
    }
    return [...this.#do({ kind: 'word', word: word.value, now }), ...this.watch()];
  }

  /** An operator's command, as text. */
  receiveCommand(text: string): readonly Outgoing[] {
    const now = this.#ports.senses.now();
    const command = decodeCommand(text);
    if (command.ok) return this.#do({ kind: 'command', command: command.value, now });
    const detail = plainWords(`${command.at}: want ${command.want}`);
    this.#append({ kind: 'noted', at: now, code: 'COMMAND_MALFORMED', detail, qty: null });
    return [];
  }

  /** Marks equity and asks the breakers. */
  mark(): readonly Outgoing[] {
    const now = this.#ports.senses.now();
    return [...this.#do({ kind: 'mark', marks: this.#marks(), now }), ...this.watch()];
  }

  watch(): readonly Outgoing[] {
    const { senses } = this.#ports;
    const now = senses.now();
    return this.#do({ kind: 'watch', marks: this.#marks(), runtime: senses.runtime(), now });
  }

  /** What was approved and not answered, and what humans have agreed to since. */
  outbox(): readonly Outgoing[] {
    return this.#do({ kind: 'outbox', now: this.#ports.senses.now() });
  }

  haltFileSeen(): void {
    this.#do({ kind: 'halt-file', now: this.#ports.senses.now() });
  }

  /** Told when a message really went out, so that it is not said again at once. */
  sent(approvalId: string): void {
    this.#state.published.set(approvalId, this.#ports.senses.now());
  }

  get fold() {
    return this.#state.fold;
  }

  close(): void {
    this.#ledger.close();
  }

  #sense({ proposal }: Pick<SealedProposal, 'proposal'>): Sensed {
    const { senses, nonce } = this.#ports;
    const evidence = proposal.kind === 'order' ? proposal.evidence : [];
    const held = heldSymbols(this.#state.fold.account);
    const seen = senses.market(proposal.symbol, evidence, held);
    // A view that the ledger could not read again is as good as none.
    const market =
      seen !== null && decode(marketViewCodec, marketViewCodec.write(seen)).ok ? seen : null;
    const runtime = senses.runtime();
    // Read last: a decision is never older than what it was made on.
    return { now: senses.now(), market, runtime, nonce: nonce() };
  }

  /** Prices of what is held or worked, from the gate's own feed. */
  #marks(): Marks {
    const held = heldSymbols(this.#state.fold.account);
    const [first] = held;
    if (first === undefined) return {};
    return this.#ports.senses.market(first, [], held)?.marks ?? {};
  }

  #do(input: GateInput): readonly Outgoing[] {
    const outgoing: Outgoing[] = [];
    for (const effect of step(this.#state, input, this.#ports)) this.#perform(effect, outgoing);
    return outgoing;
  }

  #perform(effect: GateEffect, outgoing: Outgoing[]): void {
    switch (effect.kind) {
      case 'append':
        this.#append(effect.event, effect.verdict);
        break;
      case 'publish':
        outgoing.push(...this.#message(effect.approvalId));
        break;
      case 'again':
        outgoing.push(...this.#again(effect.proposalHash));
        break;
      case 'remember':
        Object.assign(this.#state, effect.what);
        break;
    }
  }

  #append(event: LedgerEvent, verdict: Verdict | null = null): void {
    const entry = this.#ledger.append(event);
    absorb(this.#state, entry);
    this.#ports.observe(entry, verdict);
  }

  #again(proposalHash: string): readonly Outgoing[] {
    const sealed = this.#state.fold.account.held.get(proposalHash);
    return sealed === undefined
      ? []
      : this.#do({ kind: 'again', sealed, sensed: this.#sense(sealed) });
  }

  /** The two sealed letters of an approval, built from the record. */
  #message(approvalId: string): readonly Outgoing[] {
    const found = this.#state.fold.account.unanswered.get(approvalId);
    if (found === undefined) return [];
    const { approval, approvalSignature, proposal, signature } = found;
    const message: ApprovalMessage = {
      approval: {
        from: this.#ports.sealer.keyId,
        body: textOf(approvalCodec, approval),
        signature: approvalSignature,
      },
      proposal: {
        from: proposal.provenance.desk,
        body: textOf(proposalCodec, proposal),
        signature,
      },
    };
    return [{ key: approvalId, message }];
  }
}

function sameConfiguration(before: GateConfiguration, now: GateConfiguration): boolean {
  const event = { kind: 'configured', at: 0 as TimeMs } as const;
  return textOf(eventCodec, { ...before, ...event }) === textOf(eventCodec, { ...now, ...event });
}
