/** Strict, closed-world codecs: one description gives the decoder and the writer of everything that crosses a process. */
import { formatFixed, parseFixed, type Hash, type TimeMs } from './units.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Where a decoding failed, and what was wanted there. */
export type Fault = Readonly<{ at: string; want: string }>;
export type Decoded<T> = Readonly<{ ok: true; value: T }> | (Readonly<{ ok: false }> & Fault);

class DecodeFault extends Error {
  readonly at: string;
  readonly want: string;
  constructor(at: string, want: string) {
    super(`${at}: ${want}`);
    this.at = at;
    this.want = want;
  }
}

export type Codec<T> = Readonly<{
  /** Throws a private fault; use `decode`. */
  read(value: unknown, at: string): T;
  write(value: T): Json;
}>;

export function decode<T>(codec: Codec<T>, value: unknown): Decoded<T> {
  try {
    return { ok: true, value: codec.read(value, '$') };
  } catch (error) {
    if (error instanceof DecodeFault) return { ok: false, at: error.at, want: error.want };
    // A hostile object (a throwing getter, a proxy) is a malformed object, not our bug.
    return { ok: false, at: '$', want: 'plain data' };
  }
}

/** Parses JSON text of bounded length and decodes it. */
export function decodeText<T>(codec: Codec<T>, text: unknown, lengthMax: number): Decoded<T> {
  if (typeof text !== 'string') return { ok: false, at: '$', want: 'JSON text' };
  if (text.length > lengthMax)
    return { ok: false, at: '$', want: `at most ${lengthMax} characters` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, at: '$', want: 'JSON text' };
  }
  return decode(codec, value);
}

export const refuseAt = (at: string, want: string): never => {
  throw new DecodeFault(at, want);
};

/** A codec over a string that must satisfy a pattern. */
export const pattern = <T extends string = string>(form: RegExp, want: string): Codec<T> => ({
  read: (value, at) =>
    typeof value === 'string' && form.test(value) ? (value as T) : refuseAt(at, want),
  write: (value) => value,
});

/** Identifiers are plain ASCII: a look-alike letter is refused, not normalised. */
export const name: Codec<string> = pattern(
  /^[A-Za-z0-9][A-Za-z0-9._:/@#+-]{0,63}$/,
  'a name of 1 to 64 ASCII letters, digits or ._:/@#+-',
);
export const symbolName: Codec<string> = pattern(
  /^[A-Z0-9]{1,16}\/[A-Z0-9]{1,16}(?::[A-Z0-9]{1,16})?$/,
  'a symbol such as BTC/USDT or BTC/USDT:USDT',
);
export const hex = (digits: number): Codec<string> =>
  pattern(new RegExp(`^[0-9a-f]{${digits}}$`), `${digits} lower-case hex digits`);
export const hash = hex(64) as Codec<Hash>;
export const base64 = (lengthMax: number): Codec<string> => ({
  read: (value, at) =>
    typeof value === 'string' &&
    value.length <= lengthMax &&
    value.length % 4 === 0 &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(value)
      ? value
      : refuseAt(at, `base64 of at most ${lengthMax} characters`),
  write: (value) => value,
});

/** Words for humans: any well-formed text without control characters. */
export const words = (lengthMax: number): Codec<string> => ({
  read: (value, at) =>
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= lengthMax &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
      ? value
      : refuseAt(at, `1 to ${lengthMax} characters of text`),
  write: (value) => value,
});

export const flag: Codec<boolean> = {
  read: (value, at) => (typeof value === 'boolean' ? value : refuseAt(at, 'true or false')),
  write: (value) => value,
};

/** A safe integer in a closed range. Negative zero is refused: it compares equal and prints differently. */
export const integer = <T extends number = number>(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): Codec<T> => ({
  read: (value, at) =>
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    !Object.is(value, -0) &&
    value >= min &&
    value <= max
      ? (value as T)
      : refuseAt(at, `an integer from ${min} to ${max}`),
  write: (value) => value,
});
export const count = integer(0);
export const time = integer<TimeMs>(0, 8_640_000_000_000_000);

/** A decimal string in its one canonical spelling. */
export const fixed = <T extends bigint>(min?: bigint): Codec<T> => ({
  read: (value, at) => {
    const parsed = parseFixed(value);
    if (parsed === null) return refuseAt(at, 'a decimal string such as "1.5" in its shortest form');
    if (min !== undefined && parsed < min) return refuseAt(at, `at least ${formatFixed(min)}`);
    return parsed as T;
  },
  write: (value) => formatFixed(value),
});

export const oneOf = <const T extends string>(choices: readonly T[]): Codec<T> => ({
  read: (value, at) =>
    (choices as readonly unknown[]).includes(value)
      ? (value as T)
      : refuseAt(at, choices.join(' | ')),
  write: (value) => value,
});

export const nullable = <T>(inner: Codec<T>): Codec<T | null> => ({
  read: (value, at) => (value === null ? null : inner.read(value, at)),
  write: (value) => (value === null ? null : inner.write(value)),
});

export const list = <T>(inner: Codec<T>, lengthMax: number): Codec<readonly T[]> => ({
  read: (value, at) => {
    if (!Array.isArray(value) || value.length > lengthMax)
      return refuseAt(at, `a list of at most ${lengthMax}`);
    return Array.from(value, (item, index) => inner.read(item, `${at}[${index}]`));
  },
  write: (value) => value.map((item) => inner.write(item)),
});

const plain = (value: unknown, at: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuseAt(at, 'an object');
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuseAt(at, 'a plain object');
  return value as Record<string, unknown>;
};

/** A map from names to values; `__proto__` and its kin never get through the name pattern. */
export const dictionary = <T>(
  inner: Codec<T>,
  sizeMax: number,
  key: Codec<string> = name,
): Codec<Readonly<Record<string, T>>> => ({
  read: (value, at) => {
    const entries = Object.entries(plain(value, at));
    if (entries.length > sizeMax) return refuseAt(at, `at most ${sizeMax} entries`);
    return Object.fromEntries(
      entries.map(([k, v]) => [key.read(k, `${at} key`), inner.read(v, `${at}.${k}`)]),
    );
  },
  write: (value) =>
    Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, inner.write(v)]),
    ),
});

type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** An object with exactly these keys: one missing and one unknown are both refused. */
export const record = <T extends object>(fields: Fields<T>): Codec<T> => {
  const keys = Object.keys(fields) as (keyof T & string)[];
  // Written in the order of the canonical text, which then need not be sorted again.
  const written = keys.toSorted();
  return {
    read: (value, at) => {
      const source = plain(value, at);
      for (const key of Object.keys(source))
        if (!Object.hasOwn(fields, key)) return refuseAt(`${at}.${key}`, 'no such key');
      const out: Partial<T> = {};
      for (const key of keys) {
        if (!Object.hasOwn(source, key)) return refuseAt(`${at}.${key}`, 'a value');
        out[key] = fields[key].read(source[key], `${at}.${key}`);
      }
      return out as T;
    },
    write: (value) => {
      const out: Record<string, Json> = {};
      for (const key of written) out[key] = fields[key].write(value[key]);
      return out;
    },
  };
};

/** A union told apart by its `kind`. */
export const variant = <T extends { readonly kind: string }>(cases: {
  readonly [K in T['kind']]: Codec<Extract<T, { kind: K }>>;
}): Codec<T> => {
  const table = cases as Readonly<Record<string, Codec<T>>>;
  return {
    read: (value, at) => {
      const kind = plain(value, at)['kind'];
      const inner =
        typeof kind === 'string' && Object.hasOwn(table, kind) ? table[kind] : undefined;
      if (inner === undefined) return refuseAt(`${at}.kind`, Object.keys(table).join(' | '));
      return inner.read(value, at);
    },
    write: (value) => {
      const inner = table[value.kind];
      return inner === undefined ? refuseAt('$.kind', 'a known kind') : inner.write(value);
    },
  };
};
