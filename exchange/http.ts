/** HTTP as the venue speaks it: bodies of bounded size, closed query strings, JSON answers with codes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { canonicalText, type Json } from '#firewall';

/** A signed request doubles in size at most when its quotes are escaped. */
const BODY_BYTES_MAX = 8_192;

export const HTTP_CODES = [
  'PATH_UNKNOWN',
  'METHOD_UNSUPPORTED',
  'QUERY_INVALID',
  'BODY_TOO_LARGE',
  'BODY_MALFORMED',
  'ORIGIN_FORBIDDEN',
  'ACCOUNT_UNKNOWN',
  'SEQUENCE_AHEAD',
  'VENUE_STOPPED',
] as const;
export type HttpCode = (typeof HTTP_CODES)[number];

export function answer(response: ServerResponse, status: number, json: Json): void {
  if (response.destroyed || response.headersSent) return;
  const body = canonicalText(json);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

export const fail = (
  response: ServerResponse,
  status: number,
  { code, detail }: Readonly<{ code: HttpCode; detail: string }>,
): void => answer(response, status, { kind: 'error', code, detail });

export type Posted =
  | Readonly<{ ok: true; value: unknown }>
  | Readonly<{ ok: false; code: HttpCode }>;

export async function readJson(request: IncomingMessage): Promise<Posted> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return { ok: false, code: 'BODY_TOO_LARGE' };
    chunks.push(chunk);
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    return { ok: false, code: 'BODY_MALFORMED' };
  }
}

/** Exactly these parameters, each once; the optional ones may be missing. */
export function readQuery(
  url: URL,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, string>> | null {
  const seen: Record<string, string> = {};
  for (const [key, value] of url.searchParams) {
    if (Object.hasOwn(seen, key) || !(required.includes(key) || optional.includes(key)))
      return null;
    seen[key] = value;
  }
  return required.every((key) => Object.hasOwn(seen, key)) ? seen : null;
}

/** Whole, not negative, exact; null for anything else. */
export function readCount(text: string | undefined): number | null {
  if (text === undefined) return 0;
  const value = Number(text);
  return /^(?:0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(value) ? value : null;
}

/** A web page elsewhere may make a browser knock here; it always says where it comes from. */
export function foreign(request: IncomingMessage): boolean {
  const host = request.headers.host ?? '';
  return (
    request.headers.origin !== undefined ||
    !/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host)
  );
}
