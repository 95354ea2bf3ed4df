/** Each trader's own events, numbered from one, for who listens now and who comes back later. */
import type { VenueEvent } from './contract.ts';
import type { PrivateLine } from './records.ts';

/** How far back a trader can go. */
const LINES_MAX = 200_000;

export const accountOf = (event: VenueEvent): string =>
  event.kind === 'report'
    ? event.report.account
    : event.kind === 'fill'
      ? event.fill.account
      : event.move.account;

type Channel = {
  lines: PrivateLine[];
  last: number;
  readonly listeners: Set<() => void>;
};

export class PrivateFeed {
  readonly #channels = new Map<string, Channel>();

  push(event: VenueEvent): void {
    const channel = this.#channel(accountOf(event));
    channel.last += 1;
    channel.lines.push({ sequence: channel.last, event });
    if (channel.lines.length > 2 * LINES_MAX) channel.lines = channel.lines.slice(-LINES_MAX);
    for (const listener of channel.listeners) listener();
  }

  /** The first line after this sequence that is still known; null when there is none yet. */
  next(account: string, after: number): PrivateLine | null {
    const { lines } = this.#channel(account);
    const first = lines[0]?.sequence ?? 1;
    return lines[Math.max(0, after + 1 - first)] ?? null;
  }

  /** Calls back whenever there is more to read; gives the way to stop. */
  listen(account: string, listener: () => void): () => void {
    const { listeners } = this.#channel(account);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  last = (account: string): number => this.#channel(account).last;

  #channel(account: string): Channel {
    let channel = this.#channels.get(account);
    if (channel === undefined) {
      channel = { lines: [], last: 0, listeners: new Set() };
      this.#channels.set(account, channel);
    }
    return channel;
  }
}
