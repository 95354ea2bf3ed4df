/** Which tests hunt the mutants of a file: those that mirror it, as tests/ mirrors the source. */

const familyOf = (stem: string, tests: readonly string[]): readonly string[] =>
  tests.filter((test) => test === `${stem}.test.ts` || test.startsWith(`${stem}-`));

/** What each rule answers in which words is one test of all rules. */
const WORDS = 'tests/firewall/rules/words.test.ts';

/**
 * The tests named after a file, or after the family it belongs to: those of `vault.ts` hunt `vault-wire.ts` too. The
 * empty list where there are none: then every test has to.
 */
export function mirrorOf(file: string, tests: readonly string[]): readonly string[] {
  let stem = `tests/${file.replace(/\.ts$/, '')}`;
  for (;;) {
    const family = familyOf(stem, tests);
    const dash = stem.lastIndexOf('-');
    if (family.length > 0 || dash <= stem.lastIndexOf('/'))
      return file.startsWith('firewall/rules/') ? [...family, WORDS] : family;
    stem = stem.slice(0, dash);
  }
}

/** Files that the same tests hunt are hunted together; each key is those tests, joined by commas. */
export function huntsOf(
  files: readonly string[],
  tests: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const hunts = new Map<string, readonly string[]>();
  for (const file of files) {
    const key = mirrorOf(file, tests).join(',');
    hunts.set(key, [...(hunts.get(key) ?? []), file]);
  }
  return hunts;
}
