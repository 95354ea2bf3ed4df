// Installs what Airlock needs when it is missing; runs on any Node from 18 on, with no dependency.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules/.bin/node', import.meta.url))) {
  const { status } = spawnSync('npm', ['ci'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
