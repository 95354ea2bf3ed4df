/** What no file may say: unfinished business, one machine's paths, one registry's address, a rule switched off in silence. */
import type { Source } from './sources.ts';

/** A pattern whose gaps (~) are closed here, so that this file does not contain what it forbids. */
const pattern = (gapped: string): RegExp => new RegExp(gapped.replaceAll('~', ''));

const RULES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['unfinished business', pattern('\\b(?:TO~DO|FIX~ME|X~XX|HA~CK)\\b')],
  ["a machine's path", pattern('(?:^|[\\s\'"`(=:])/(?:work|tmp|home/\\w+|root|Users/\\w+)/')],
  ["a registry's address", pattern('registry\\.npm~js|registry\\.yarn~pkg|npm\\.pkg\\.git~hub')],
  ['a type error silenced', pattern('@ts-~(?:ignore|nocheck|expect-error)')],
  ['a lint rule off without a reason', pattern('(?:ox|es)lint-~disable(?!.*? -- \\w)')],
];

export const bannedWords = ({ text }: Source): readonly string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      RULES.filter(([, banned]) => banned.test(line)).map(
        ([what]) => `${what} at line ${index + 1}`,
      ),
    );
