/** What a setting is: how it is read, what it is when nobody says, and how a flag or a variable spells it. */
import type { Codec } from '#firewall';

export type Setting<T> = Readonly<{
  codec: Codec<T>;
  fallback: T;
  /** From an environment variable's or a flag's text to what the codec reads. */
  fromText: ((text: string) => unknown) | null;
  help: string;
}>;

export const asIs = (text: string): unknown => text;
export const asNumber = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text);
export const asFlag = (text: string): unknown =>
  text === 'true' ? true : text === 'false' ? false : text;
export const asList = (text: string): unknown => text.split(',').map((part) => part.trim());
