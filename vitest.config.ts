/** How the suite runs: Node only, files in parallel on at most two workers, each in its own process. */
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './tests/closing-line.ts';
import { LongestFirst } from './tests/longest-first.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    passWithNoTests: true,
    reporters: ['default', new ClosingLine()],
  },
});
