/** What each process of a running house takes of memory, once it has traded for a while. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../infra/embedded-postgres.ts';
import { House, type Victim } from '../../tests/chaos/house.ts';
import { BenchSkipped, type Bench } from '../contract.ts';

const PROCESSES: readonly Victim[] = ['gate', 'courier', 'vault', 'venue'];

function residentMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(found?.[1] ?? 0) / 1_024);
}

const memory: Bench = {
  name: 'memory of each process',
  unit: 'MB',
  async run() {
    if (process.platform !== 'linux') throw new BenchSkipped('reads /proc');
    const root = mkdtempSync(join(tmpdir(), 'airlock-memory-'));
    const queue = await startPostgres(`${root}-queue`);
    const house = new House(join(root, 'house'), queue.url, 0);
    house.prepare();
    house.start();
    try {
      if (!(await house.settled(Date.now(), 60_000))) throw new Error('the house did not come up');
      await sleep(10_000);
      return PROCESSES.map((name) => {
        const pid = house.pid(name);
        if (pid === null) throw new Error(`${name} is not running`);
        return { name: `resident memory of ${name}`, value: residentMb(pid), unit: 'MB' };
      });
    } finally {
      await house.stop();
      await queue.stop();
      rmSync(root, { recursive: true, force: true });
    }
  },
};

export const benchmarks: readonly Bench[] = [memory];
