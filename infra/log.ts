/** One JSON line per event, secrets blotted out. */
import type { Json } from '#firewall';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type LogFields = Readonly<Record<string, Json | undefined>>;
export interface Log {
  (level: Level, event: string, fields?: LogFields): void;
}

const SECRET_NAME =
  /pass(?:word|phrase)|secret|private|token|authorization|api_?key|mnemonic|seed_?phrase/i;
/** Credentials inside addresses, PEM blocks, and bare 32-byte hex that is not known to be a hash. */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:***@'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '***'],
];

export const redactText = (text: string): string =>
  SECRET_TEXT.reduce((kept, [form, mask]) => kept.replaceAll(form, mask), text);

/** The value with everything secret blotted out, by its name or by its form. */
export function redact(value: Json | undefined, name = ''): Json {
  if (value === undefined || value === null) return null;
  if (SECRET_NAME.test(name)) return '***';
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: Json) => redact(item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, key)]));
}

export const logLine = (
  at: number,
  role: string,
  level: Level,
  event: string,
  fields: LogFields = {},
): string =>
  JSON.stringify({
    at: new Date(at).toISOString(),
    level,
    role,
    event,
    ...(redact(fields as Json) as Record<string, Json>),
  });

/** A log of one role on a stream of lines. */
export const logTo =
  (role: string, write: (line: string) => void): Log =>
  (level, event, fields) =>
    write(`${logLine(Date.now(), role, level, event, fields)}\n`);

/** What an error says to a log: its stable code and its message. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { code: 'UNKNOWN_ERROR' };
  const { code } = error as { code?: unknown };
  return {
    code: typeof code === 'string' ? code : error.name,
    message: error.message,
    ...(error.cause instanceof Error && { cause: error.cause.message }),
  };
}
