/** Amounts, times and digests as the proofs write them, and the moment at which their world stands still. */
import { assert } from '../assert.ts';
import {
  type Factor,
  type Hash,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
  type TimeMs,
  parseFixed,
} from '../units.ts';

/** A decimal of this file; a slip of the pen fails the first test that loads it. */
const fixed = (text: string): bigint => {
  const value = parseFixed(text);
  assert(value !== null, `${text} is a canonical decimal`);
  return value;
};
export const price = (text: string): Price => fixed(text) as Price;
export const qty = (text: string): Qty => fixed(text) as Qty;
export const money = (text: string): Money => fixed(text) as Money;
export const factor = (text: string): Factor => fixed(text) as Factor;
export const ppm = (value: number): Ppm => value as Ppm;
export const span = (value: number): SpanMs => value as SpanMs;
export const time = (value: number): TimeMs => value as TimeMs;
/** A digest that stands for some text which no rule reads. */
export const digest = (digit: string): Hash => digit.repeat(64) as Hash;

/** 2026-11-21T09:30:00Z. */
export const NOW = 1_795_253_400_000 as TimeMs;
export const ago = (ms: number): TimeMs => (NOW - ms) as TimeMs;
export const ahead = (ms: number): TimeMs => (NOW + ms) as TimeMs;

export const HOUR = 3_600_000;
export const DAY = 86_400_000;
export const SYMBOL = 'BTC/USDT:USDT';
