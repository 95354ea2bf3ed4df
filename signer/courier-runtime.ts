/** Runs the courier's reducer: writes before it acts, sends once, asks until it knows, tells until it is heard. */
import * as f from '#firewall';
import type {
  SignedRequest,
  VaultAnchor,
  VaultStatus,
  VenueFact,
  VenueOrderState,
} from './contract.ts';
import {
  step,
  type CourierEffect,
  type CourierEvent,
  type CourierParts,
  type Letters,
} from './courier.ts';
import { courierRecordCodec, type CourierRecord } from './courier-journal.ts';
import type { CourierPorts } from './courier-ports.ts';
import { blankCourier, recall, type CourierState } from './courier-state.ts';
import { JournalError, openJournal, type Journal } from './journal.ts';
import { Outbox } from './outbox.ts';

export class CourierError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string, message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'CourierError';
    this.code = code;
    this.retryable = retryable;
  }
}

/** Past the venue's deadline by this much of its own time, nothing of ours can still land. */
const FENCE_MS = 250;
const AGAIN_MS = 250;

const lettersCodec: f.Codec<Letters> = f.record<Letters>({
  approval: f.envelopeCodec,
  proposal: f.envelopeCodec,
});

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never;

export class CourierRuntime {
  readonly #parts: CourierParts;
  readonly #ports: CourierPorts;
  readonly #outbox: Outbox;
  readonly #journal: Journal<CourierRecord>;
  readonly #fenced = new Set<string>();
  #state: CourierState;
  #over = false;
  #streaming = false;
  #fail: (error: CourierError) => void = () => undefined;
  /** Resolves when the courier cannot go on; its process must end. */
  readonly failed: Promise<CourierError>;

  constructor(parts: CourierParts, ports: CourierPorts) {
    this.#parts = parts;
    this.#ports = ports;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    const { lanes, laneNames, seal, receipts, now, log } = ports;
    this.#outbox = new Outbox({
      lane: lanes.lane(laneNames.outcomes),
      seal,
      receipts,
      now,
      failed: (error) => log('warn', 'OUTCOME_NOT_QUEUED', (error as Error).message),
    });
    let state = blankCourier();
    this.#journal = openJournal({
      file: ports.file,
      codec: courierRecordCodec,
      visit: (record) => {
        state = recall(state, record, true);
      },
    });
    this.#state = state;
    if (state.opened?.account !== parts.account)
      throw new JournalError(
        'JOURNAL_FOREIGN',
        `the journal is of ${state.opened?.account ?? '?'}`,
      );
  }

  get state(): CourierState {
    return this.#state;
  }

  /** Asks the vault what it holds; a vault that knows less than this journal was rolled back. */
  async resume(): Promise<void> {
    const answer = await this.#ports.vault.ask({ kind: 'status', anchor: this.#state.vault });
    f.assert(answer.kind === 'status', 'a status is answered by a status');
    const { status } = answer;
    if (!status.ready || behind(status, this.#state.vault))
      throw new CourierError('JOURNAL_ROLLED_BACK', "the vault's journal is behind ours", false);
    if (status.account !== this.#parts.account)
      throw new CourierError('VAULT_FOREIGN', `the vault is of ${status.account}`, false);
    await this.feed({ kind: 'resume', open: status.open });
  }

  /** Takes one message off the approvals lane; when this returns, its approval is in the journal and has been asked for. */
  async take(payload: unknown): Promise<void> {
    const letters = f.decode(lettersCodec, payload);
    if (letters.ok) await this.feed({ kind: 'approval', letters: letters.value });
    else await this.feed({ kind: 'unreadable', detail: `${letters.at}: wanted ${letters.want}` });
  }

  /** One step, its writes first; resolves when the vault has answered whatever it was asked. */
  async feed(event: WithoutNow<CourierEvent>): Promise<void> {
    if (this.#over) return;
    const now = this.#ports.now();
    const { state, effects } = step(this.#state, { ...event, now }, this.#parts);
    const asked: Promise<void>[] = [];
    try {
      for (const effect of effects) {
        if (effect.kind === 'append') this.#journal.append(effect.record);
      }
    } catch (error) {
      this.#stop(asCourierError(error));
      return;
    }
    this.#state = state;
    for (const effect of effects) {
      const pending = this.#perform(effect);
      if (pending !== null) asked.push(pending);
    }
    await Promise.all(asked);
  }

  #perform(effect: CourierEffect): Promise<void> | null {
    switch (effect.kind) {
      case 'append':
        return null;
      case 'publish':
        this.#outbox.publish(effect.message, effect.event);
        return null;
      case 'ask':
        return this.#ask(effect);
      case 'accuse':
        return this.#accuse(effect);
      case 'settle':
        return this.#vault(async () => {
          const { approvalId, outcome } = effect;
          await this.#ports.vault.ask({ kind: 'settle', approvalId, outcome });
        });
      case 'send':
        this.#detach(this.#send(effect.request));
        return null;
      case 'fence':
        this.#detach(this.#fence(effect));
        return null;
    }
  }

  /** A vault that does not answer cannot be told from one that signs: the process ends and starts over. */
  async #vault(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#stop(asCourierError(error));
    }
  }

  #ask({ approvalId, symbol, letters }: Extract<CourierEffect, { kind: 'ask' }>): Promise<void> {
    const cancel = this.#state.errands.get(approvalId)?.cancel === true;
    if (this.#ports.stopped() && !cancel) {
      const answer = { kind: 'unasked', code: 'SIGNER_HALTED' } as const;
      return this.feed({ kind: 'vault', approvalId, answer });
    }
    const market = this.#ports.market(symbol);
    if (market === null) {
      const answer = { kind: 'unasked', code: 'MARKET_UNKNOWN' } as const;
      return this.feed({ kind: 'vault', approvalId, answer });
    }
    return this.#vault(async () => {
      const now = this.#ports.now();
      const answer = await this.#ports.vault.ask({ kind: 'sign', ...letters, market, now });
      await this.feed({ kind: 'vault', approvalId, answer });
    });
  }

  #accuse({ symbol, letters }: Extract<CourierEffect, { kind: 'accuse' }>): Promise<void> | null {
    const market = this.#ports.market(symbol);
    if (market === null) return null;
    return this.#vault(async () => {
      const now = this.#ports.now();
      const answer = await this.#ports.vault.ask({ kind: 'sign', ...letters, market, now });
      f.assert(answer.kind === 'refused', 'a contradiction is never signed');
      this.#ports.log('error', answer.code, answer.detail);
    });
  }

  async #send(request: SignedRequest): Promise<void> {
    const { approvalId } = request;
    const { venue } = this.#ports;
    // Whatever goes wrong on the way, the bytes may have landed: that is a timeout, and never a no.
    const reply = await venue.send(request).catch(() => ({ kind: 'timeout' }) as const);
    await this.feed({ kind: 'reply', approvalId, reply });
  }

  async #fence(effect: Extract<CourierEffect, { kind: 'fence' }>): Promise<void> {
    const { approvalId, asked, deadline } = effect;
    if (this.#fenced.has(approvalId)) return;
    this.#fenced.add(approvalId);
    const { venue, wait } = this.#ports;
    const open = (): boolean =>
      !this.#over && this.#state.errands.get(approvalId)?.stage === 'UNKNOWN';
    while (open()) {
      try {
        const now = await venue.now();
        if (now > deadline + FENCE_MS) {
          const first = await venue.query(asked);
          await wait(AGAIN_MS);
          const second = await venue.query(asked);
          if (same(first, second)) await this.feed({ kind: 'fenced', approvalId, found: second });
        }
      } catch (error) {
        this.#ports.log('warn', 'VENUE_UNREACHABLE', (error as Error).message);
      }
      if (open()) await wait(AGAIN_MS);
    }
    this.#fenced.delete(approvalId);
  }

  /** Listens to the venue's own word from where the journal left off. */
  listen(): Readonly<{ close(): void }> {
    const { venue, log } = this.#ports;
    return venue.follow(() => this.#state.cursor, {
      fact: (sequence: number, fact: VenueFact) =>
        this.#detach(this.feed({ kind: 'fact', sequence, fact })),
      up: () => {
        this.#streaming = true;
        log('info', 'PRIVATE_STREAM_UP', '');
      },
      down: (reason: string) => {
        this.#streaming = false;
        log('warn', 'PRIVATE_STREAM_DOWN', reason);
      },
    });
  }

  get streaming(): boolean {
    return this.#streaming;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Reads receipts and tells again what is overdue. */
  async chase(): Promise<void> {
    const read = this.#outbox.acknowledged(this.#state.outbox, this.#state.offset);
    if (read !== null) await this.feed({ kind: 'acknowledged', ...read });
    if (!this.#over) this.#outbox.republish(this.#state.outbox);
  }

  #detach(work: Promise<void>): void {
    work.catch((error: unknown) => this.#stop(asCourierError(error)));
  }

  #stop(error: CourierError): void {
    if (this.#over) return;
    this.#over = true;
    this.#fail(error);
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#outbox.close();
    this.#journal.close();
  }
}

const behind = (status: VaultStatus, anchor: VaultAnchor | null): boolean =>
  anchor !== null &&
  anchor.journalId === status.journalId &&
  status.journalEntries < anchor.entries;

const same = (a: VenueOrderState | null, b: VenueOrderState | null): boolean =>
  a?.state === b?.state && a?.venueOrderId === b?.venueOrderId;

function asCourierError(error: unknown): CourierError {
  const { code, message } = error as Error & { code?: unknown };
  const known = typeof code === 'string' ? code : 'COURIER_FAILED';
  return new CourierError(known, message, !known.startsWith('JOURNAL'), error);
}
