/** Turns at a shared runtime: so many at a time, and lanes take turns, so that a busy desk cannot starve the others. */
type Waiting = Readonly<{ go(): void; signal: AbortSignal; drop(): void }>;

export class FairQueue {
  readonly #places: number;
  /** In the order in which the lanes come next. */
  readonly #lanes = new Map<string, Waiting[]>();
  #taken = 0;
  #waiting = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Turns taken and waited for. */
  get size(): number {
    return this.#taken + this.#waiting;
  }

  /** Resolves with the function that gives the turn back; rejects when the signal ends the wait. */
  take(lane: string, signal: AbortSignal): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    if (signal.aborted) {
      reject(new Error('the wait was ended'));
      return promise;
    }
    const drop = (): void => {
      const queue = this.#lanes.get(lane);
      const index = queue?.indexOf(waiting) ?? -1;
      if (queue === undefined || index < 0) return;
      queue.splice(index, 1);
      if (queue.length === 0) this.#lanes.delete(lane);
      this.#waiting -= 1;
      reject(new Error('the wait was ended'));
    };
    const waiting: Waiting = { go: () => resolve(this.#turn()), signal, drop };
    const queue = this.#lanes.get(lane);
    if (queue === undefined) this.#lanes.set(lane, [waiting]);
    else queue.push(waiting);
    this.#waiting += 1;
    signal.addEventListener('abort', drop, { once: true });
    this.#next();
    return promise;
  }

  #turn(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#taken -= 1;
      this.#next();
    };
  }

  #next(): void {
    while (this.#taken < this.#places) {
      const [first] = this.#lanes;
      if (first === undefined) return;
      const [lane, queue] = first;
      const waiting = queue.shift();
      this.#lanes.delete(lane);
      // A lane that had its turn goes to the end.
      if (queue.length > 0) this.#lanes.set(lane, queue);
      if (waiting === undefined) continue;
      waiting.signal.removeEventListener('abort', waiting.drop);
      this.#waiting -= 1;
      this.#taken += 1;
      waiting.go();
    }
  }
}
