/** Who may come in: the signature, the account, the deadline and the nonce of a request, before the engine sees it. */
import { decode, decodeText, textOf, type TimeMs } from '#firewall';
import type { DoorCode } from './codes.ts';
import {
  PAPER_BODY_MAX,
  paperDigest,
  paperRequestCodec,
  signedBodyCodec,
  type PaperRequest,
} from './wire.ts';

/** The address that signed a digest; null when the signature is none. */
export type Recover = (digest: string, signature: string) => string | null;

/** As many nonces as one address is remembered by; a lower one than all of these is refused unseen. */
export const NONCES_KEPT = 100;

type Entry =
  | Readonly<{ ok: true; request: PaperRequest }>
  | Readonly<{ ok: false; code: DoorCode; detail: string }>;

const refuse = (code: DoorCode, detail: string): Entry => ({ ok: false, code, detail });

export class Door {
  readonly #recover: Recover;
  readonly #addresses = new Map<string, string>();
  /** Ascending. */
  readonly #nonces = new Map<string, number[]>();

  constructor(recover: Recover) {
    this.#recover = recover;
  }

  register(account: string, address: string): void {
    this.#addresses.set(account, address);
  }

  addressOf = (account: string): string | null => this.#addresses.get(account) ?? null;

  /** Reads a posted `{body, signature}` and burns its nonce when it is genuine. */
  admit(posted: unknown, endpoint: PaperRequest['kind'], now: TimeMs): Entry {
    const envelope = decode(signedBodyCodec, posted);
    if (!envelope.ok) return refuse('BODY_MALFORMED', `${envelope.at}: ${envelope.want}`);
    const { body, signature } = envelope.value;
    const decoded = decodeText(paperRequestCodec, body, PAPER_BODY_MAX);
    if (!decoded.ok) return refuse('BODY_MALFORMED', `body ${decoded.at}: ${decoded.want}`);
    const request = decoded.value;
    if (textOf(paperRequestCodec, request) !== body)
      return refuse('BODY_NOT_CANONICAL', 'the body is not in its canonical form');
    if (request.kind !== endpoint)
      return refuse('ENDPOINT_MISMATCH', `${request.kind} posted as ${endpoint}`);
    if (this.#recover(paperDigest(body), signature) !== request.address)
      return refuse('SIGNATURE_INVALID', 'the signature is not by the address in the body');
    return this.#entitled(request, now);
  }

  /** Remembers a nonce that was used. */
  burn(address: string, nonce: number): void {
    const kept = this.#nonces.get(address) ?? [];
    let at = kept.length;
    while (at > 0 && (kept[at - 1] as number) > nonce) at -= 1;
    kept.splice(at, 0, nonce);
    if (kept.length > NONCES_KEPT) kept.shift();
    this.#nonces.set(address, kept);
  }

  #entitled(request: PaperRequest, now: TimeMs): Entry {
    const { account, address, deadline, nonce } = request;
    const registered = this.#addresses.get(account);
    if (registered === undefined) return refuse('ACCOUNT_UNKNOWN', account);
    if (registered !== address) return refuse('ADDRESS_NOT_REGISTERED', address);
    if (now > deadline) return refuse('DEADLINE_PASSED', `${now - deadline} ms ago`);
    const kept = this.#nonces.get(address) ?? [];
    if (kept.includes(nonce)) return refuse('NONCE_REPLAYED', `${nonce}`);
    if (kept.length >= NONCES_KEPT && nonce < (kept[0] as number))
      return refuse('NONCE_TOO_OLD', `${nonce}`);
    this.burn(address, nonce);
    return { ok: true, request };
  }
}
