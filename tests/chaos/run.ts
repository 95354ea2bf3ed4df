/**
 * Kills and freezes the real processes of a real house, again and again, while a desk trades, a vandal replays and
 * forges, and the venue misbehaves; then lets everything come to rest and checks the invariants on disk.
 * `npm run chaos -- --cycles 200 --seed 1`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Json, TimeMs } from '#firewall';
import { deliver } from '../../bin/operator-commands.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { startPostgres } from '../../infra/embedded-postgres.ts';
import { prng } from '../../market/simulator/prng.ts';
import { Churn } from './churn.ts';
import { House, type Victim } from './house.ts';
import { verify } from './verify.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run chaos -- [--cycles N] [--seed N] [--keep]\nREDIS_URL runs it on that Redis instead of the embedded Postgres.\n',
  );
  process.exit(0);
}
const ACCOUNT = 'paper';
const cycles = Number(values.cycles);
const random = prng(Number(values.seed), 'chaos');
const draw = (): number => random.uniform();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const VICTIMS: readonly Victim[] = [
  'gate',
  'courier',
  'vault',
  'gate',
  'courier',
  'vault',
  'venue',
];
const FAULTS = [
  'none',
  'none',
  'timeout-before',
  'timeout-after',
  'duplicate',
  'late',
  'reject',
  'stale-read',
];

const root = mkdtempSync(join(tmpdir(), 'airlock-chaos-'));
const queue = process.env['REDIS_URL'] === undefined ? await startPostgres(`${root}-queue`) : null;
const queueUrl = process.env['REDIS_URL'] ?? queue?.url ?? '';
const lanes = openLanes({ url: queueUrl, prefix: 'airlock', onError: () => undefined });
const house = new House(join(root, 'house'), queueUrl, await freePort());
house.prepare();
house.start();
const venueUrl = `http://127.0.0.1:${house.venuePort}`;
say(
  `house in ${house.dir.root}, seed ${values.seed}, ${cycles} cycles on ${queue === null ? 'Redis' : 'the embedded Postgres'}`,
);
if (!(await house.settled(Date.now(), 60_000)))
  throw new Error(`the house did not come up; see ${house.dir.root}`);
const churn = new Churn({ root: house.dir.root, account: ACCOUNT, venueUrl, lanes });

const trading = new AbortController();
const trade = (async () => {
  while (!trading.signal.aborted) {
    await churn.ask().catch(() => undefined);
    // Slower than the flood that the gate stops recording.
    await sleep(250);
  }
})();

const tally = new Map<string, number>();
for (let cycle = 1; cycle <= cycles && !house.down; cycle += 1) {
  await sleep(300 + draw() * 1_200);
  await setFault(pick(FAULTS));
  if (draw() < 0.3) await churn.vandalise(letters(), draw).catch(() => undefined);
  const victim = pick(VICTIMS);
  const pid = house.pid(victim);
  if (pid === null) continue;
  const freeze = draw() < 0.35;
  const hurt = freeze ? 'froze' : 'killed';
  tally.set(`${hurt} ${victim}`, (tally.get(`${hurt} ${victim}`) ?? 0) + 1);
  const at = Date.now();
  if (signal(pid, freeze ? 'SIGSTOP' : 'SIGKILL') && freeze) {
    // Some freezes outlast the queue's lock: whoever wakes up must not act on what was given to another.
    await sleep(draw() < 0.3 ? 7_000 : draw() * 1_500);
    signal(pid, 'SIGCONT');
  }
  if (!(await house.settled(at, 45_000)))
    say(`cycle ${cycle}: the house did not recover from ${hurt} ${victim}`);
  // The house goes reduce-only when the books stay apart for long; a person would look, and let it go on.
  if (cycle % 5 === 0) await resume();
  if (cycle % 20 === 0)
    say(
      `${cycle} cycles, ${churn.sent.length} proposals, ${churn.vandalism} forged or replayed messages`,
    );
}
await setFault('none');
await sleep(3_000);
trading.abort();
await trade;
const rested = await rest();
churn.close();
await house.stop();
await lanes.close();
await queue?.stop();

const { findings, counts } = verify(house.dir, ACCOUNT, churn.sent);
say([...tally].map(([what, count]) => `${what} ${count}`).join(', '));
say(
  Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', '),
);
for (const { invariant, detail } of findings) say(`BROKEN ${invariant}: ${detail}`);
if (!rested) say('BROKEN I8: the house did not come to rest');
const good = findings.length === 0 && rested && counts['ordersAtVenue'] !== 0;
say(good ? 'all invariants hold: no order duplicated, none lost' : `broken; kept in ${root}`);
if (good && !values.keep) rmSync(root, { recursive: true, force: true });
process.exit(good ? 0 : 1);

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(draw() * items.length)] as T;
}

function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    // It was gone already: somebody else's death took it along.
    return false;
  }
}

async function setFault(fault: string): Promise<boolean> {
  const setting = { fault, probability: 300_000, seed: Math.floor(draw() * 1e6) };
  try {
    await fetch(`${venueUrl}/v1/fault`, {
      method: 'POST',
      body: JSON.stringify(setting),
      signal: AbortSignal.timeout(1_000),
    });
    return true;
  } catch {
    // A venue that is down misbehaves enough.
    return false;
  }
}

async function resume(): Promise<boolean> {
  const said = { by: 'chaos', reason: 'it was only the drill', at: Date.now() as TimeMs };
  return deliver(house.dir, { kind: 'resume', ...said, scope: 'account', key: ACCOUNT });
}

/** Sealed letters that the courier has seen, for the vandal to say again. */
function letters(): readonly Json[] {
  try {
    return readFileSync(join(house.dir.courier, 'courier.journal'), 'utf8')
      .split('\n')
      .slice(-40)
      .filter((line) => line.includes('"kind":"received"'))
      .map((line) => {
        const { event } = JSON.parse(line) as { event: { approval: Json; proposal: Json } };
        return { approval: event.approval, proposal: event.proposal };
      });
  } catch {
    return [];
  }
}

/** Until no order is on its way and the queues are empty. */
async function rest(): Promise<boolean> {
  const end = performance.now() + 120_000;
  let quietSince = performance.now();
  while (performance.now() < end) {
    const standing = house.standing();
    const depth =
      (await lanes.depth(`proposals-${ACCOUNT}`)) + (await lanes.depth(`approvals-${ACCOUNT}`));
    if (standing === null || standing.working.length > 0 || depth > 0)
      quietSince = performance.now();
    if (performance.now() - quietSince > 10_000) return true;
    await sleep(250);
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}
