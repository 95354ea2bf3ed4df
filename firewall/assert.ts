/** Programmer errors only: an assertion that fires means that the code is wrong, so the process must die. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${invariant}`);
}
