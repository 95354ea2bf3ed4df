/** Courier, vault and venue in one test: the real runtime over simulated disks, queue, venue and time; it can die anywhere. */
import * as f from '#firewall';
import { startJournal } from '../../signer/journal.ts';
import { courierRecordCodec, type CourierRecord } from '../../signer/courier-journal.ts';
import type { CourierPorts } from '../../signer/courier-ports.ts';
import { CourierRuntime } from '../../signer/courier-runtime.ts';
import { outcomeCodec, type OutcomeEvent } from '../../signer/outcome.ts';
import { receiptOf } from '../../signer/receipts.ts';
import { opener } from '../../signer/seal.ts';
import type { VaultPort } from '../../signer/vault-link.ts';
import { handOf, type Hand } from '../../signer/vault-runtime.ts';
import { ACCOUNT, gate, keysOf, marketAt, NOW, seal, type Letters } from './letters.ts';
import { SimDisk } from './sim-disk.ts';
import { SimVenue, type SimClock } from './sim-venue.ts';
import { ADDRESS, baseConfig, freshDisk, KEY, vaultOn } from './vault-kit.ts';

export const courierKeys = keysOf('courier');
const opens = opener();
const made = new Map<string, string>();
const hand: Hand = (digest) => {
  const key = Buffer.from(digest).toString('hex');
  const known = made.get(key) ?? handOf(KEY, ADDRESS)(digest);
  made.set(key, known);
  return known;
};

export function freshCourierDisk(): SimDisk {
  const disk = new SimDisk();
  const opened = { kind: 'opened', at: NOW, journalId: 'b2'.repeat(16), account: ACCOUNT } as const;
  startJournal<CourierRecord>(disk, courierRecordCodec, { ...opened, by: 'tester' });
  return disk;
}

/** What outlives a process: disks, venue, queue, clock, and the gate's ledger of what it was told. */
export class World {
  readonly clock: SimClock = { now: NOW };
  readonly venue = new SimVenue(this.clock, ADDRESS);
  courierDisk = freshCourierDisk();
  vaultDisk = freshDisk();
  readonly ledger = new Map<string, OutcomeEvent>();
  readonly notes: OutcomeEvent[] = [];
  readonly outcomes: Extract<OutcomeEvent, { kind: 'outcome' }>[] = [];
  stopped = false;
  blind = false;

  /** The gate: checks the seal, applies each once. */
  deliver(payload: unknown): void {
    const envelope = f.decode(f.envelopeCodec, payload);
    if (!envelope.ok || !opens('outcome', envelope.value, courierKeys.publicKey))
      throw new Error('the gate takes only what the courier sealed');
    const event = f.decodeText(outcomeCodec, envelope.value.body, 10_000);
    if (!event.ok) throw new Error(`${event.at}: ${event.want}`);
    const receipt = receiptOf(event.value);
    if (receipt === null) {
      this.notes.push(event.value);
      return;
    }
    const known = this.ledger.get(receipt);
    if (known !== undefined) {
      if (f.textOf(outcomeCodec, known) !== envelope.value.body)
        throw new Error(`${receipt} was told in two ways`);
      return;
    }
    this.ledger.set(receipt, event.value);
    if (event.value.kind === 'outcome') this.outcomes.push(event.value);
  }

  /** The words told about one approval, in order. */
  told = (letters: Readonly<{ id: string }>): readonly string[] =>
    this.outcomes
      .filter((event) => event.approvalId === letters.id)
      .toSorted((a, b) => a.sequence - b.sequence)
      .map((event) => event.outcome);
}

export type Life = Readonly<{
  runtime: CourierRuntime;
  /** Touches of the world so far; the life ends at the one that was asked for. */
  touches(): number;
  dead(): boolean;
  take(letters: Letters): Promise<void>;
  stop(): void;
}>;

/** One life of courier and vault together; `dieAt` is the touch of the world at which both are gone. */
export function liveIn(world: World, dieAt = Infinity): Life {
  let touches = 0;
  let dead = false;
  const never = new Promise<never>(() => undefined);
  const touch = (): void => {
    touches += 1;
    if (touches >= dieAt) dead = true;
  };
  /** Before and after each act there is a moment to die in. */
  const act = async <T>(work: () => Promise<T>): Promise<T> => {
    touch();
    if (dead) return never;
    const result = await work();
    touch();
    return dead ? never : result;
  };
  const writes = (disk: SimDisk): SimDisk => {
    const file = disk.copy();
    file.onAppend = () => {
      touch();
      if (dead) throw new Error('killed');
    };
    return file;
  };
  world.courierDisk = writes(world.courierDisk);
  world.vaultDisk = writes(world.vaultDisk);
  const vault = vaultOn(world.vaultDisk, { hand });
  const { venue, clock } = world;
  const port: VaultPort = { ask: (question) => act(() => vault.ask(question)) };
  const wait = async (ms: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (dead) return never;
    clock.now = (clock.now + ms) as f.TimeMs;
    return undefined;
  };
  const ports: CourierPorts = {
    file: world.courierDisk,
    vault: port,
    venue: {
      send: (request) => act(() => venue.send(request)),
      query: (clientId) => act(() => venue.query(clientId)),
      now: () => act(() => venue.now()),
      standing: () => act(() => venue.standing()),
      follow: (since, listener) =>
        venue.follow(since, {
          ...listener,
          fact: (sequence, fact) => (dead ? undefined : listener.fact(sequence, fact)),
        }),
    },
    lanes: {
      lane: () => ({
        send: (_, payload) =>
          act(async () => {
            await Promise.resolve();
            world.deliver(payload);
          }),
      }),
      work: () => ({ close: () => Promise.resolve() }),
    },
    laneNames: { approvals: 'approvals', outcomes: 'outcomes' },
    market: () => (world.blind ? null : marketAt(clock.now)),
    now: () => clock.now,
    seal: (body) => seal('outcome', body, courierKeys),
    receipts: { read: (offset) => ({ found: [...world.ledger.keys()], offset }) },
    stopped: () => world.stopped,
    wait,
    log: () => undefined,
  };
  const parts = { account: ACCOUNT, gate: { keyId: 'gate', publicKey: gate.publicKey }, opens };
  const runtime = new CourierRuntime(parts, ports);
  return {
    runtime,
    touches: () => touches,
    dead: () => dead,
    stop: () => {
      dead = true;
    },
    take: (letters) =>
      runtime.take({
        approval: f.envelopeCodec.write(letters.approval),
        proposal: f.envelopeCodec.write(letters.proposal),
      }),
  };
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for a piece of work or for death, whichever is first. */
export async function orDeath(life: Life, work: Promise<unknown>): Promise<void> {
  const done = work.then(
    () => 'done' as const,
    () => 'done' as const,
  );
  while (!life.dead() && (await Promise.race([done, breathe()])) !== 'done');
}

/** Lets the courier go on until nothing is open, or it dies, or it has had time enough. */
export async function untilQuiet(life: Life, world: World): Promise<void> {
  for (let round = 0; round < 400 && !life.dead(); round += 1) {
    const { state } = life.runtime;
    const open = [...state.errands.values()].some((errand) =>
      ['RECEIVED', 'SENT', 'UNKNOWN'].includes(errand.stage),
    );
    if (!open && state.outbox.size === 0) return;
    await breathe();
    // A second of the house's time for each round: messages that were lost are told again.
    world.clock.now = (world.clock.now + 1_000) as f.TimeMs;
    await orDeath(life, life.runtime.chase());
  }
}

export { baseConfig };
