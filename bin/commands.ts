/** The commands by name, loaded only when asked for. */
import type { Command } from './command.ts';

type Listed = Readonly<{ summary: string; load(): Promise<Command> }>;

export const COMMANDS: Readonly<Record<string, Listed>> = {};
