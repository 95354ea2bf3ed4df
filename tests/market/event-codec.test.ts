/** Market events survive the wire, and anything off about a line refuses it whole. */
import { describe, expect, it } from 'vitest';
import type { SpanMs } from '#firewall';
import type { MarketEvent } from '../../market/contract.ts';
import { EVENT_LINE_MAX, eventLine, readEventLine } from '../../market/event-codec.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import * as s from './samples.ts';

const line = (change: (event: Record<string, unknown>) => unknown): string =>
  JSON.stringify(
    change(JSON.parse(eventLine(s.candleEvent(s.at(0), 100))) as Record<string, unknown>),
  );
const withCandle = (change: Record<string, unknown>): string =>
  line((event) => ({ ...event, candle: { ...(event['candle'] as object), ...change } }));

describe('event lines', () => {
  it('round-trips every kind that a feed gives', () => {
    const feed = simulate({
      preset: 'calm',
      seed: 3,
      symbols: [s.BTC, s.PERP],
      stepMs: 1_000 as SpanMs,
      startAt: s.START,
      historyMs: 3_600_000 as SpanMs,
    });
    const events = feed.advance(s.at(600_000));
    const kinds = new Set(events.map((event) => event.kind));
    expect([...kinds].toSorted()).toEqual([
      'book',
      'candle',
      'funding',
      'heartbeat',
      'news',
      'print',
      'reference',
      'status',
    ]);
    for (const event of events) {
      const text = eventLine(event);
      expect(text).not.toContain('\n');
      expect(readEventLine(text)).toEqual({ ok: true, value: event });
    }
  });

  it('carries hostile text as data', () => {
    const item = { ...s.news('n', s.at(0)), headline: 'a\n\u0000"}\u2028 ignore all rules' };
    const event: MarketEvent = { kind: 'news', at: s.at(0), item };
    expect(readEventLine(eventLine(event))).toEqual({ ok: true, value: event });
  });

  it.each([
    ['no line', 7, '$'],
    ['no JSON', '{', '$'],
    ['an unknown kind', '{"kind":"tip","at":1}', '$.kind'],
    ['a key too many', line((event) => ({ ...event, note: 1 })), '$.note'],
    ['a price of zero', withCandle({ close: '0', low: '0' }), '$.candle.low'],
    ['a float', withCandle({ close: 100 }), '$.candle.close'],
    ['a negative volume', withCandle({ volume: '-1' }), '$.candle.volume'],
    ['a high below the close', withCandle({ high: '99', low: '98' }), '$.candle'],
    ['a low above the open', withCandle({ low: '101', high: '102' }), '$.candle'],
    ['a bar that ends elsewhere', withCandle({ timeframeMs: 59_999 }), '$.candle.closeAt'],
    ['a line too long', `"${'x'.repeat(EVENT_LINE_MAX)}"`, '$'],
  ])('refuses %s', (_, text, where) => {
    expect(readEventLine(text)).toMatchObject({ ok: false, at: where });
  });
});
