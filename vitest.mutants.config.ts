/** The tests that hunt mutants: those of the money rules, in one process each, without reports. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/firewall/**/*.test.ts', 'tests/signer/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
