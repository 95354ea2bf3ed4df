/** What kinds of model servers have each of their own, and what they share. */
import type { ChatRuntime } from '../../agents/runtimes/chat-runtime.ts';
import type { Ask } from '../../agents/runtimes/contract.ts';
import type { Manner, Said } from './manners.ts';

export type Query = Readonly<Record<string, unknown>>;
export type Page = Readonly<{ status: number; type: string; body: string }>;
export const json = (value: unknown, status = 200): Page => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** What a kind of server has of its own. */
export interface Wire {
  /** The address at which it is asked to speak. */
  readonly chat: string;
  readonly streamType: string;
  readonly loads: number;
  /** Everything else that it answers; null where it has no such address. */
  page(path: string, body: Query, place: Place): Promise<Page | null>;
  ask(body: Query): Ask;
  /** What it does with a prompt that does not fit. */
  readonly overlong: 'cut' | 'refuse';
  pieces(said: Said): readonly string[];
  error(message: string, type?: string): string;
  failure(): string;
}

export type Place = Readonly<{ runtime: ChatRuntime; manner: Manner; name: string }>;
