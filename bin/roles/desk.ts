/** The desks as one process: each looks at its market, by rules or through a model, and may only propose. */
import { join } from 'node:path';
import type { TimeMs } from '#firewall';
import { look } from '../../agents/algorithmic.ts';
import { laneNames } from '../../gate/contract.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { DeskDiary } from '../../infra/desk-diary.ts';
import { sealerOf } from '../../infra/keys.ts';
import { errorFields } from '../../infra/log.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { openTranscripts } from '../../infra/transcripts.ts';
import { accountReader, forExits, settleOutcomes, standingOf } from '../desk-ports.ts';
import { DeskPost } from '../desk-post.ts';
import { runRole } from '../role.ts';
import { RuleDesk } from '../rule-desk.ts';

const SETTLE_MS = 5_000;
const realNow = (): TimeMs => Date.now() as TimeMs;

runRole('desk', async (context) => {
  const { config, dir, log } = context;
  const eyes = new MarketEyes({
    venueUrl: context.venueUrl,
    symbols: config.symbols,
    currency: config.currency,
    now: realNow,
    trouble: (code, detail) => log('warn', code, { detail }),
  });
  const lanes = openLanes({
    url: context.queueUrl,
    prefix: 'airlock',
    onError: (error) => log('warn', 'QUEUE_TROUBLE', errorFields(error)),
  });
  const lane = lanes.lane(laneNames(config.account).proposals);
  const market = eyes.memory;
  const diary = new DeskDiary(join(dir.desks, 'diary.db'));
  const transcripts = openTranscripts(dir.transcripts);
  const standing = standingOf(dir, realNow);
  const account = forExits(accountReader(standing, diary, market));
  const desks = config.desks.map((desk) => {
    const sealer = sealerOf(dir.keys, `desk-${desk.desk}`);
    const post = new DeskPost(desk, { lane, sealer, transcripts, diary });
    return new RuleDesk(post, config.account, { market, account, now: realNow, decide: look });
  });
  const round = async (): Promise<void> => {
    const now = standing();
    if (now === null) return;
    for (const desk of desks) {
      try {
        await desk.round(now);
      } catch (error) {
        log('warn', 'PROPOSAL_UNSENT', { desk: desk.name, ...errorFields(error) });
      }
    }
  };
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(round);
  }, config.deskEveryMs);
  const settling = setInterval(
    () => settleOutcomes({ market, diary, memory: null }, realNow()),
    SETTLE_MS,
  );
  return async () => {
    clearInterval(timer);
    clearInterval(settling);
    await running;
    await lanes.close();
    eyes.close();
    diary.close();
  };
});
