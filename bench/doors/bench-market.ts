/** A paper venue on a simulated market, served over loopback for the benchmark. */
import { join } from 'node:path';
import type { SpanMs, TimeMs } from '#firewall';
import { MarketMemory } from '../../bin/market-memory.ts';
import { startVenueServer } from '../../exchange/server.ts';
import { PaperVenue } from '../../exchange/venue.ts';
import { openVenueJournal } from '../../exchange/venue-journal.ts';
import type { Config } from '../../infra/config.ts';
import type { DataDir } from '../../infra/data-dir.ts';
import { eventLine } from '../../market/event-codec.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { recoverAddress } from '../../signer/secp.ts';

const now = (): TimeMs => Date.now() as TimeMs;

export type Market = Readonly<{ url: string; close(): Promise<void> }>;

export async function openMarket(dir: DataDir, config: Config, address: string): Promise<Market> {
  const feed = simulate({
    preset: 'calm',
    seed: 7,
    symbols: config.symbols,
    stepMs: config.stepMs as SpanMs,
    startAt: now(),
  });
  const memory = new MarketMemory();
  for (const event of feed.advance(now())) memory.put(event);
  const instant = 0 as SpanMs;
  const venue = new PaperVenue({
    engine: {
      instruments: feed.instruments,
      currency: config.currency,
      latency: { entryMs: instant, cancelMs: instant, jitterMs: instant },
      queue: { kind: 'risk-averse' },
      impactHalfLifeMs: 300_000 as SpanMs,
      dailyVolume: memory.dailyVolume(),
      seed: 7,
    },
    now,
    recover: recoverAddress,
    journal: openVenueJournal(join(dir.venue, 'venue.journal')),
  });
  venue.register(config.account, address);
  venue.deposit(config.account, config.cash);
  const server = await startVenueServer({
    venue,
    port: 0,
    greeting: () => memory.lines(),
    bufferMax: 1 << 24,
  });
  let beatAt = 0;
  const timer = setInterval(() => {
    for (const event of feed.advance(now())) {
      memory.put(event);
      if (event.kind === 'book') venue.book(event.symbol, event.book);
      server.publish(eventLine(event));
    }
    venue.advance();
    if (now() - beatAt < 1_000) return;
    beatAt = now();
    server.publish(eventLine({ kind: 'heartbeat', at: now() }));
  }, 50);
  return {
    url: server.url,
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}
