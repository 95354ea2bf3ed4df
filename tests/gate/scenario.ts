/** A working day of the gate as a list of messages, driven through crashes until everything is said and answered. */
import {
  clientIdOf,
  approvalIdOf,
  type Approval,
  type Envelope,
  type OrderProposal,
  type Ppm,
  type Qty,
} from '#firewall';
import { audit } from '../../ledger/audit.ts';
import type { Outgoing } from '../../gate/gate.ts';
import {
  courierSays,
  Crash,
  Fuse,
  hashOfProposal,
  opener,
  orderAt,
  sealed,
  World,
} from './world.ts';

export type Input =
  | Readonly<{ lane: 'proposals' | 'outcomes'; payload: unknown }>
  | Readonly<{ lane: 'commands'; text: string }>
  | Readonly<{ lane: 'clock'; ms: number }>;

/** What the signer's side has received, with the proof that each was on record before it left. */
export class SimQueue {
  readonly received: Outgoing[] = [];
  readonly #world: World;
  /** So many messages vanish on their way, though the queue said yes. */
  drops = 0;
  constructor(world: World) {
    this.#world = world;
  }

  /** A send passes the fuse before and after it is in the queue. */
  send(outgoing: Outgoing): void {
    const { fuse } = this.#world.disk;
    fuse.step();
    const { signature } = outgoing.message.approval;
    const recorded = this.#world.disk.lines.some(
      (line) => line.includes(signature) && line.includes(`"id":"${outgoing.key}"`),
    );
    if (!recorded) throw new Error(`I2: ${outgoing.key} left before it was on record`);
    this.drops -= 1;
    if (this.drops < 0) this.received.push(outgoing);
    this.#world.gate.sent(outgoing.key);
    fuse.step();
  }
}

const order = (now: number, id: string, change: Partial<OrderProposal> = {}): OrderProposal => ({
  ...orderAt(now),
  id: id.padStart(32, '0'),
  basisVersion: 1,
  claims: { notional: null, riskReward: null },
  ...change,
});

/** The messages of the day. All of it is data, so that every run of it is the same. */
export function dayOf(now: number): Readonly<{ inputs: readonly Input[]; first: OrderProposal }> {
  const first = order(now, 'a1');
  const second = order(now, 'a2', { qty: 2_000_000n as Qty });
  const unsure = order(now, 'a3', { confidence: 250_000 as Ppm, qty: 1_100_000n as Qty });
  const huge = order(now, 'a4', { qty: 9_000_000_000n as Qty });
  const approvalId = approvalIdOf(hashOfProposal(first));
  const clientId = clientIdOf(approvalId);
  const said = { approvalId, clientId, at: now, code: null, kind: 'outcome' };
  const letter = sealed(first);
  const other: Envelope = { ...letter, body: letter.body.replace('"buy"', '"sell"') };
  const fill = {
    kind: 'fill',
    at: now,
    tradeId: 't1',
    clientId,
    symbol: first.symbol,
    side: 'buy',
    price: '60000',
    qty: '0.01',
    fee: '0.3',
    liquidity: 'taker',
  };
  const proposals = (payload: unknown): Input => ({ lane: 'proposals', payload });
  const says = (word: Readonly<Record<string, unknown>>): Input => ({
    lane: 'outcomes',
    payload: courierSays(word),
  });
  const command = (text: object): Input => ({
    lane: 'commands',
    text: JSON.stringify({ by: 'ada', reason: 'a test', at: now, ...text }),
  });
  return {
    first,
    inputs: [
      says({ kind: 'cash', at: now, id: 'd1', amount: '100000', reason: 'deposit' }),
      says({ kind: 'reconciled', at: now, status: 'clean', detail: 'equal' }),
      { lane: 'clock', ms: 0 },
      proposals(letter),
      proposals(letter),
      proposals(other),
      proposals({ nonsense: true }),
      proposals(sealed(huge)),
      says({ ...said, outcome: 'acked', sequence: 1 }),
      says(fill),
      says(fill),
      says({ ...said, outcome: 'done', sequence: 2 }),
      says({ ...said, outcome: 'acked', sequence: 1 }),
      proposals(sealed(unsure)),
      command({ kind: 'consent', proposalHash: hashOfProposal(unsure) }),
      proposals(sealed(second)),
      { lane: 'clock', ms: 2_500 },
      command({ kind: 'halt', scope: 'account', key: 'main', state: 'HALTED' }),
    ],
  };
}

export class Drive {
  readonly world = new World();
  readonly queue = new SimQueue(this.world);
  crashes = 0;

  /** Delivers every message until it is handled; a crash in the middle delivers it again to a new process. */
  run(inputs: readonly Input[], fuses: readonly number[]): this {
    const left = [...fuses];
    this.world.disk.fuse = new Fuse(left.shift());
    for (const input of inputs) {
      if (input.lane === 'clock') this.world.now += input.ms;
      let alive = true;
      for (;;) {
        try {
          if (!alive) this.world.restart();
          alive = true;
          this.#deliver(input);
          break;
        } catch (cause) {
          if (!(cause instanceof Crash)) throw cause;
          alive = false;
          this.crashes += 1;
          this.world.disk.fuse = new Fuse(left.shift());
        }
      }
    }
    return this;
  }

  #deliver(input: Input): void {
    const { gate } = this.world;
    if (input.lane === 'clock') {
      this.#send(gate.mark());
      this.#send(gate.outbox());
    } else if (input.lane === 'commands') this.#send(gate.receiveCommand(input.text));
    else if (input.lane === 'proposals') this.#send(gate.receiveProposal(input.payload));
    else this.#send(gate.receiveOutcome(input.payload));
  }

  #send(outgoing: readonly Outgoing[]): void {
    for (const letter of outgoing) this.queue.send(letter);
  }

  /** Liveness: no more faults, and time goes by. */
  drain(): this {
    this.world.disk.fuse = new Fuse();
    for (let beat = 0; beat < 3; beat += 1) {
      this.world.now += 11_000;
      this.#send(this.world.gate.outbox());
    }
    return this;
  }

  get audited() {
    return audit(this.world.disk.lines, (kind, envelope, key) => opener.opens(kind, envelope, key));
  }

  approvals(): Approval[] {
    return this.world
      .events('decision')
      .flatMap(({ approval }) => (approval === null ? [] : [approval]));
  }
}
