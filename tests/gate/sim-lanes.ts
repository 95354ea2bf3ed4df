/** Lanes in memory that repeat, and go away and come back: what the gate must live with. */
import type { Lanes } from '../../gate/contract.ts';

type Message = Readonly<{ key: string; payload: unknown }>;
type Handler = (payload: unknown, key: string) => Promise<void>;

export class SimLanes implements Lanes {
  readonly waiting = new Map<string, Message[]>();
  readonly handlers = new Map<string, Handler>();
  away = false;

  lane(name: string) {
    return {
      send: (key: string, payload: unknown): Promise<void> => {
        if (this.away) return Promise.reject(new Error('the queue is away'));
        this.waiting.set(name, [...(this.waiting.get(name) ?? []), { key, payload }]);
        return Promise.resolve();
      },
    };
  }

  work(name: string, handle: Handler) {
    this.handlers.set(name, handle);
    return {
      close: (): Promise<void> => {
        this.handlers.delete(name);
        return Promise.resolve();
      },
    };
  }

  depth(name: string): Promise<number> {
    return Promise.resolve(this.waiting.get(name)?.length ?? 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Brings a message to whoever works the lane; a handler that throws gets it again later. */
  async deliver(name: string, payload: unknown): Promise<void> {
    await this.handlers.get(name)?.(payload, 'key');
  }

  take(name: string): readonly Message[] {
    const taken = this.waiting.get(name) ?? [];
    this.waiting.delete(name);
    return taken;
  }
}
