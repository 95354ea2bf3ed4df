/** A process that takes one message of a lane, says so, and never lets it go: `node lane-hog.ts URL LANE`. */
import { openLanes } from '../../infra/bullmq-lanes.ts';

const [url = '', lane = ''] = process.argv.slice(2);
const lanes = openLanes({ url, prefix: 'test', onError: () => undefined });
lanes.work(lane, () => {
  process.stdout.write('taken\n');
  return new Promise(() => {});
});
