/** How a limit is spelled in the policy file: ratios, spans, money, counts, and maps of them. */
import * as c from './codec.ts';
import { valueAt } from './lookup.ts';
import {
  DAY_MS,
  formatFixed,
  parseFixed,
  type Money,
  type Ppm,
  type Qty,
  type SpanMs,
  type TimeMs,
} from './units.ts';

/** One limit: its spelling, and the direction in which it lets more through. */
export type Param<T> = Readonly<{
  codec: c.Codec<T>;
  loosen: 'up' | 'down' | 'none';
  kind: string;
}>;

const RATIO = /^(-?)(\d{1,6})(?:\.(\d{1,4}))? ?(%|bps)$/;

/** `1.5 %` or `10 bps`, exact to a millionth. */
export const ratioCodec: c.Codec<Ppm> = {
  read: (value, at) => {
    const found = typeof value === 'string' ? RATIO.exec(value) : null;
    if (found === null) return c.refuseAt(at, 'a ratio such as "1.5 %" or "10 bps"');
    const [, sign, whole, fraction = '', unit] = found;
    const decimals = unit === '%' ? 4 : 2;
    if (fraction.length > decimals)
      return c.refuseAt(at, `at most ${decimals} decimals in ${unit}`);
    const ppm = Number(`${whole}${fraction.padEnd(decimals, '0')}`);
    if (sign === '-' && ppm === 0) return c.refuseAt(at, 'zero without a sign');
    return (sign === '-' ? -ppm : ppm) as Ppm;
  },
  write: (value) => {
    const digits = Math.abs(value).toString().padStart(5, '0');
    const fraction = digits.slice(-4).replace(/0+$/, '');
    return `${value < 0 ? '-' : ''}${digits.slice(0, -4)}${fraction === '' ? '' : `.${fraction}`} %`;
  },
};

const SPANS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: DAY_MS } as const;
const SPAN = /^(\d{1,9}) ?(ms|s|min|h|d)$/;

/** `250 ms`, `2 s`, `5 min`, `1 h`, `30 d`. */
export const spanCodec: c.Codec<SpanMs> = {
  read: (value, at) => {
    const found = typeof value === 'string' ? SPAN.exec(value) : null;
    if (found === null) return c.refuseAt(at, 'a time span such as "2 s", "5 min" or "30 d"');
    const [, amount = '', unit = 'ms'] = found;
    const ms = Number(amount) * SPANS[unit as keyof typeof SPANS];
    return ms <= 3_660 * DAY_MS ? (ms as SpanMs) : c.refuseAt(at, 'at most 3660 d');
  },
  write: (value) => {
    const unit = (['d', 'h', 'min', 's'] as const).find(
      (u) => value !== 0 && value % SPANS[u] === 0,
    );
    return unit === undefined ? `${value} ms` : `${value / SPANS[unit]} ${unit}`;
  },
};

const UTC = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** Days from 1970-01-01 to a date of the Gregorian calendar. */
function daysTo(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

const two = (n: number): string => `${n}`.padStart(2, '0');

/** `2026-11-21T09:00:00Z`, by arithmetic: this folder names no clock. */
export const utcCodec: c.Codec<TimeMs> = {
  read: (value, at) => {
    const found = typeof value === 'string' ? UTC.exec(value) : null;
    const [year = 0, month = 0, day = 0, h = 0, m = 0, s = 0] = (found ?? []).slice(1).map(Number);
    const ms = (daysTo(year, month, day) * 86_400 + h * 3_600 + m * 60 + s) * 1_000;
    return found !== null && year >= 1970 && utcCodec.write(ms as TimeMs) === value
      ? (ms as TimeMs)
      : c.refuseAt(at, 'a UTC time such as "2026-11-21T09:00:00Z"');
  },
  write: (value) => {
    const day = Math.floor(value / DAY_MS);
    const second = Math.floor((value % DAY_MS) / 1_000);
    const year = 1970 + Math.floor((day + 0.5) / 365.2425);
    const y = daysTo(year, 1, 1) > day ? year - 1 : daysTo(year + 1, 1, 1) <= day ? year + 1 : year;
    let month = 12;
    while (daysTo(y, month, 1) > day) month -= 1;
    const date = `${`${y}`.padStart(4, '0')}-${two(month)}-${two(day - daysTo(y, month, 1) + 1)}`;
    return `${date}T${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}Z`;
  },
};

/** A decimal in quotes, or a whole number. A YAML float is refused: it is not what was written. */
const amountCodec = <T extends bigint>(): c.Codec<T> => ({
  read: (value, at) => {
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : value;
    const parsed = parseFixed(text);
    if (parsed === null || parsed < 0n)
      return c.refuseAt(at, 'an amount: a whole number, or a decimal in quotes such as "0.5"');
    return parsed as T;
  },
  write: (value) => formatFixed(value),
});

/** A value for most keys, and others for some. */
export type ByKey<T> = Readonly<{ default: T; by: Readonly<Record<string, T>> }>;
export const valueFor = <T>(map: ByKey<T>, key: string): T => valueAt(map.by, key) ?? map.default;

const byKeyCodec = <T>(inner: c.Codec<T>): c.Codec<ByKey<T>> =>
  c.record<ByKey<T>>({ default: inner, by: c.dictionary(inner, 1_000) });

type Loosen = Param<unknown>['loosen'];
export const ratio = (loosen: Loosen): Param<Ppm> => ({ codec: ratioCodec, loosen, kind: 'ratio' });
export const span = (loosen: Loosen): Param<SpanMs> => ({ codec: spanCodec, loosen, kind: 'span' });
export const money = (loosen: Loosen): Param<Money> => ({
  codec: amountCodec(),
  loosen,
  kind: 'money',
});
export const counted = (loosen: Loosen): Param<number> => ({
  codec: c.integer(0, 1_000_000_000),
  loosen,
  kind: 'count',
});
export const toggle = (loosen: Loosen): Param<boolean> => ({ codec: c.flag, loosen, kind: 'flag' });
export const names = (): Param<readonly string[]> => ({
  codec: c.list(c.name, 1_000),
  loosen: 'none',
  kind: 'names',
});
export const ratioBy = (loosen: Loosen): Param<ByKey<Ppm>> => ({
  codec: byKeyCodec(ratioCodec),
  loosen,
  kind: 'ratio by key',
});
export const moneyBy = (loosen: Loosen): Param<ByKey<Money>> => ({
  codec: byKeyCodec(amountCodec<Money>()),
  loosen,
  kind: 'money by key',
});
export const spanBy = (loosen: Loosen): Param<ByKey<SpanMs>> => ({
  codec: byKeyCodec(spanCodec),
  loosen,
  kind: 'span by key',
});
export const countedBy = (loosen: Loosen): Param<ByKey<number>> => ({
  codec: byKeyCodec(c.integer(0, 1_000_000_000)),
  loosen,
  kind: 'count by key',
});
/** No default on purpose: a symbol without an entry has no limit set, and is refused. */
export const qtyBySymbol = (loosen: Loosen): Param<Readonly<Record<string, Qty>>> => ({
  codec: c.dictionary(amountCodec<Qty>(), 1_000),
  loosen,
  kind: 'quantity by symbol',
});
export const nameBy = (): Param<Readonly<Record<string, string>>> => ({
  codec: c.dictionary(c.name, 1_000),
  loosen: 'none',
  kind: 'name by key',
});
/** Any other closed shape. */
export const shape = <T>(codec: c.Codec<T>, kind: string, loosen: Loosen = 'none'): Param<T> => ({
  codec,
  loosen,
  kind,
});
