/** Lanes inside one process: in order, one at a time, at least once. The house on a clock of its own needs no queue. */
import type { Json } from '#firewall';
import type { Lanes } from '../../gate/contract.ts';

type Handler = (payload: unknown, key: string) => Promise<void>;
type Letter = Readonly<{ key: string; payload: Json }>;

/** A handler that fails so often in a row would fail for ever. */
const TRIES_MAX = 5;

class DirectLane {
  readonly #waiting: Letter[] = [];
  readonly #failed: (error: unknown) => void;
  #handler: Handler | null = null;
  #running: Promise<void> | null = null;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  send(key: string, payload: Json): Promise<void> {
    // A copy, as through any queue: sender and receiver share nothing.
    this.#waiting.push({ key, payload: structuredClone(payload) });
    this.#start();
    return Promise.resolve();
  }

  work(handler: Handler): void {
    this.#handler = handler;
    this.#start();
  }

  async rest(): Promise<void> {
    this.#handler = null;
    await this.#running;
  }

  #start(): void {
    if (this.#handler === null || this.#running !== null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#waiting.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    for (let tries = 0; this.#handler !== null;) {
      const [letter] = this.#waiting;
      if (letter === undefined) return;
      try {
        await this.#handler(letter.payload, letter.key);
        this.#waiting.shift();
        tries = 0;
      } catch (error) {
        tries += 1;
        if (tries < TRIES_MAX) continue;
        this.#waiting.shift();
        this.#failed(error);
        tries = 0;
      }
    }
  }
}

export function directLanes(failed: (error: unknown) => void): Lanes {
  const lanes = new Map<string, DirectLane>();
  const at = (name: string): DirectLane => {
    const lane = lanes.get(name) ?? new DirectLane(failed);
    lanes.set(name, lane);
    return lane;
  };
  return {
    lane: (name) => ({ send: (key, payload) => at(name).send(key, payload) }),
    work(name, handle) {
      at(name).work(handle);
      return { close: () => at(name).rest() };
    },
    depth: (name) => Promise.resolve(at(name).depth),
    async close() {
      for (const lane of lanes.values()) await lane.rest();
    },
  };
}
