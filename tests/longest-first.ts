/** The order of the test files: those that take longest begin first, so that none of them is waited for alone at the end. */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In the order in which they begin. The rest follows as it was found. */
const LONG = [
  'tests/bin/up-model',
  'tests/bin/commands/',
  'tests/agents/runtimes/llama-faults',
  'tests/signer/vault-process',
  'tests/infra/lanes',
  'tests/graphs/killed',
  'tests/infra/supervisor',
  'tests/agents/conformance',
  'tests/agents/runtimes/',
  'tests/bin/',
] as const;

const rankOf = ({ moduleId, project }: TestSpecification): number => {
  const file = relative(project.config.root, moduleId).replaceAll('\\', '/');
  const rank = LONG.findIndex((start) => file.startsWith(start));
  return rank < 0 ? LONG.length : rank;
};

export class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((one, other) => rankOf(one) - rankOf(other)));
  }
}
