/** The paper venue as a process: the simulated market outside, the matching engine inside, a loopback server around. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeText,
  record,
  time,
  type Instrument,
  type Qty,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import { startVenueServer } from '../../exchange/server.ts';
import { PaperVenue } from '../../exchange/venue.ts';
import { openVenueJournal } from '../../exchange/venue-journal.ts';
import { errorFields } from '../../infra/log.ts';
import { eventLine } from '../../market/event-codec.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { recoverAddress } from '../../signer/secp.ts';
import { MarketMemory } from '../market-memory.ts';
import { Outskirts } from '../outskirts.ts';
import { runRole, type RoleContext } from '../role.ts';

const HEARTBEAT_MS = 1_000;
/** A market that slept longer than this begins anew instead of being run through again. */
const CATCH_UP_MS = 6 * 3_600_000;
const realNow = (): TimeMs => Date.now() as TimeMs;

runRole('venue', async (context) => {
  const { config, dir, log } = context;
  const now = realNow();
  const startAt = beganAt(join(dir.venue, 'market.json'), now);
  const market = simulate({
    preset: config.preset,
    seed: config.seed,
    symbols: config.symbols,
    stepMs: config.stepMs as SpanMs,
    startAt,
  });
  const memory = new MarketMemory();
  const history = market.advance(now);
  for (const event of history) memory.put(event);
  const venue = openVenue(context, {
    instruments: market.instruments,
    dailyVolume: memory.dailyVolume(),
  });
  const outskirts = new Outskirts(venue);
  for (const event of memory.latest()) outskirts.meet(event);
  const server = await startVenueServer({
    venue,
    port: Number(new URL(context.venueUrl).port),
    greeting: () => memory.lines(),
    bufferMax: 16 * 1_048_576,
    faultsAllowed: config.venueFaults,
    onError: (error) => log('error', 'VENUE_FAILED', errorFields(error)),
  });

  let beat = 0;
  const step = (): void => {
    const at = realNow();
    for (const event of market.advance(at)) {
      memory.put(event);
      outskirts.meet(event);
      server.publish(eventLine(event));
    }
    venue.advance();
    if (at - beat < HEARTBEAT_MS) return;
    beat = at;
    server.publish(eventLine({ kind: 'heartbeat', at }));
  };
  const timer = setInterval(step, Math.min(config.stepMs, 100));
  return async () => {
    clearInterval(timer);
    await server.close();
  };
});

/** When this market's story began; kept, so that a restarted venue goes on with the same prices. */
function beganAt(file: string, now: TimeMs): TimeMs {
  const codec = record<{ startAt: TimeMs }>({ startAt: time });
  const known = existsSync(file) ? decodeText(codec, readFileSync(file, 'utf8'), 1_000) : null;
  if (known?.ok === true && now - known.value.startAt <= CATCH_UP_MS && known.value.startAt <= now)
    return known.value.startAt;
  writeFileSync(file, JSON.stringify({ startAt: now }));
  return now;
}

type Outside = Readonly<{
  instruments: readonly Instrument[];
  dailyVolume: Readonly<Record<string, Qty>>;
}>;

function openVenue(
  { config, dir, pinned }: RoleContext,
  { instruments, dailyVolume }: Outside,
): PaperVenue {
  const instant = 0 as SpanMs;
  const venue = new PaperVenue({
    engine: {
      instruments,
      currency: config.currency,
      latency: { entryMs: instant, cancelMs: instant, jitterMs: instant },
      queue: { kind: 'risk-averse' },
      impactHalfLifeMs: 300_000 as SpanMs,
      dailyVolume,
      seed: config.seed,
    },
    now: realNow,
    recover: recoverAddress,
    journal: openVenueJournal(join(dir.venue, 'venue.journal')),
  });
  const { account } = config;
  venue.register(account, pinned.address);
  if (venue.engine.account(account) === null) venue.deposit(account, config.cash);
  return venue;
}
