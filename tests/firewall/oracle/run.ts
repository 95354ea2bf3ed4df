/** `npm run oracle -- --cases 100000 --seed 1`: an independent judge answers the same cases as the firewall; any difference fails. */
import { parseArgs } from 'node:util';
import { hunt, told } from './hunt.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
if (values.help) {
  say(
    'npm run oracle -- [--cases N] [--seed N]\nThe same seed gives the same cases. Exits 1 on any disagreement.',
  );
  process.exit(0);
}
const [cases, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) {
  say('--cases and --seed are whole numbers');
  process.exit(2);
}
const { rules, kinds, found, disagreements } = hunt({
  seed,
  cases,
  keep: 60,
  progress: (done, so) => say(`${done} of ${cases} cases, ${so} disagreements`),
});
say('rule      pass      fail   missing        na');
for (const [id, { pass, fail, missing, na }] of Object.entries(rules))
  say(id.padEnd(4) + [pass, fail, missing, na].map((n) => `${n}`.padStart(10)).join(''));
say(
  Object.entries(kinds)
    .map(([kind, n]) => `${kind} ${n}`)
    .join(', '),
);
for (const one of found) say(told(one));
say(`${cases} cases of seed ${seed}, ${disagreements} disagreements`);
process.exit(disagreements === 0 ? 0 : 1);
