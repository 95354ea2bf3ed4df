/** The desks as one process: each looks at its market, by rules or through a model, and may only propose. */
import { join } from 'node:path';
import type { TimeMs } from '#firewall';
import { look } from '../../agents/algorithmic.ts';
import { protectiveExit } from '../../agents/fallback.ts';
import { laneNames } from '../../gate/contract.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { DeskDiary } from '../../infra/desk-diary.ts';
import { sealerOf } from '../../infra/keys.ts';
import { errorFields } from '../../infra/log.ts';
import { lowerPriority } from '../../infra/low-priority.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { loadPolicy } from '../../infra/policy-file.ts';
import { openTranscripts } from '../../infra/transcripts.ts';
import { accountReader, settleOutcomes, standingsOf } from '../desk-ports.ts';
import { DeskPost } from '../desk-post.ts';
import type { ModelDesks, ModelDesksPorts } from '../model-desks.ts';
import { runRole, type RoleContext } from '../role.ts';
import { RuleDesk } from '../rule-desk.ts';
import { openOrSetAside } from '../set-aside.ts';

const SETTLE_MS = 5_000;
const realNow = (): TimeMs => Date.now() as TimeMs;

runRole('desk', async (context) => {
  const { config, dir, log } = context;
  log('info', 'PRIORITY_LOWERED', { did: lowerPriority() });
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
  const diary = openOrSetAside(
    join(dir.desks, 'diary.db'),
    (file) => new DeskDiary(file),
    (code, message) => log('warn', code, { message }),
  );
  const transcripts = openTranscripts(dir.transcripts);
  const standings = standingsOf(dir, realNow);
  const account = accountReader(standings, diary, market);
  const posts = config.desks.map((desk) => {
    const sealer = sealerOf(dir.keys, `desk-${desk.desk}`);
    return new DeskPost(desk, { lane, sealer, transcripts, diary });
  });
  const ports = { market, account, standings, transcripts, diary, now: realNow };
  let models: ModelDesks | null = null;
  const interrupt = (desk: string): void => models?.interrupt(desk);
  // The stops first: models take their time to open, and may never do.
  const rounds = ruleRounds(posts, context, { ...ports, interrupt });
  models = await modelDesks(posts, context, ports);
  const settling = setInterval(() => {
    try {
      settleOutcomes({ market, diary, memory: models?.memory ?? null }, realNow());
    } catch (error) {
      // What was learned of the past is no reason to be without stops now.
      log('warn', 'OUTCOMES_UNSETTLED', errorFields(error));
    }
  }, SETTLE_MS);
  return async () => {
    clearInterval(settling);
    await rounds.stop();
    await models?.close();
    await lanes.close();
    eyes.close();
    diary.close();
  };
});

type Ports = Omit<ModelDesksPorts, 'model' | 'priceModel' | 'policy'>;

/** Every desk looks at its market again and again; beside a model the rules only see to it that a stop is kept. */
function ruleRounds(
  posts: readonly DeskPost[],
  { config, log }: RoleContext,
  { market, account, standings, now, interrupt }: Ports & Pick<ModelDesks, 'interrupt'>,
): Readonly<{ stop(): Promise<void> }> {
  const desks = posts.map((post) => {
    const decide = post.desk.agent === 'model' ? protectiveExit : look;
    return new RuleDesk(post, config.account, { market, account, now, decide });
  });
  const round = async (): Promise<void> => {
    for (const desk of desks) {
      try {
        const standing = standings(now());
        if (standing === null) return;
        // However long a model thinks, its desk leaves in time; what it was thinking about is over then.
        if (await desk.round(standing)) interrupt(desk.name);
      } catch (error) {
        log('warn', 'PROPOSAL_UNSENT', { desk: desk.name, ...errorFields(error) });
      }
    }
  };
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(round);
  }, config.deskEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** The packages of the models are loaded only where a model speaks. */
async function modelDesks(
  posts: readonly DeskPost[],
  context: RoleContext,
  ports: Ports,
): Promise<ModelDesks | null> {
  const { model, priceModel } = context.pinned;
  const speaking = posts.filter(({ desk }) => desk.agent === 'model');
  if (model === null || speaking.length === 0) return null;
  const { openModelDesks } = await import('../model-desks.ts');
  const { policy } = loadPolicy(context.dir.policy);
  return openModelDesks(speaking, context, { ...ports, model, priceModel, policy });
}
