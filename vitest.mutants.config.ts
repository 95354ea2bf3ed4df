/** The tests that hunt mutants: those of the money rules, in one process each, without reports. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: process.env['MUTANTS_TESTS']?.split(',') ?? [
      'tests/firewall/**/*.test.ts',
      'tests/signer/**/*.test.ts',
    ],
    // A process of its own runs unbroken code, and the vault's may not read outside the repository.
    exclude: ['**/*-process.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
