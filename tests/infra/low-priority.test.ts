/** A process that puts itself behind the others, and everything that it starts after that. */
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FILE = JSON.stringify(join(import.meta.dirname, '..', '..', 'infra', 'low-priority.ts'));
const SCRIPT = `
  const { spawnSync } = await import('node:child_process');
  const { getPriority } = await import('node:os');
  const { lowerPriority } = await import(${FILE});
  const did = [lowerPriority(), lowerPriority()];
  const child = spawnSync(process.execPath, ['-p', 'os.getPriority()'], { encoding: 'utf8' });
  console.log(JSON.stringify({ did, own: getPriority(), child: Number(child.stdout) }));
`;

test.skipIf(process.platform === 'win32')('lowers itself, once, and its children with it', () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    encoding: 'utf8',
  });
  const lowest = constants.priority.PRIORITY_LOW;
  expect(JSON.parse(stdout)).toEqual({
    did: [
      expect.stringContaining(`niceness ${lowest}`),
      expect.stringContaining(`niceness is ${lowest} already`),
    ],
    own: lowest,
    child: lowest,
  });
});
