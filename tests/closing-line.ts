/** The suite's last line, alone and in plain words, for people in a hurry and for scripts; and why tests were skipped. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export type Tally = Readonly<{ passed: number; failed: number; skipped: number }>;

/** A file that fails outside its tests, and an error that belongs to no test, count as one failure each. */
export function tally(
  modules: readonly Pick<TestModule, 'children' | 'ok'>[],
  unhandled: number,
): Tally {
  const count = { passed: 0, failed: unhandled, skipped: 0 };
  for (const module of modules) {
    const failedBefore = count.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') count.passed += 1;
      else if (state === 'failed') count.failed += 1;
      else count.skipped += 1;
    }
    if (!module.ok() && count.failed === failedBefore) count.failed += 1;
  }
  return count;
}

export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return note === undefined ? test.fullName : `${test.fullName}: ${note}`;
}

export class ClosingLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly unknown[],
    reason: 'passed' | 'failed' | 'interrupted',
  ): void {
    const count = tally(modules, unhandled.length);
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    const cutShort = reason !== 'passed' && count.failed === 0;
    const line = closingLine(cutShort ? { ...count, failed: 1 } : count);
    const reasons = skipped.map((test) => `skipped: ${reasonOf(test)}\n`).join('');
    // At exit, so that nothing another reporter says comes after it.
    process.once('exit', () => process.stdout.write(`\n${reasons}${line}\n`));
  }
}
