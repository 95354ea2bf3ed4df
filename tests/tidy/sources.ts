/** The repository as the tidy tests see it: its files, without what git ignores, and their text. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Never ours to judge: installed, generated, or copied from others with its source named inside. */
const OUTSIDE =
  /(?:^|\/)(?:node_modules|\.git|\.airlock|reports|coverage|\.stryker-tmp|dist|vectors)(?:\/|$)/;
const TEXT = /(?:\.(?:ts|mjs|js|json|md|ya?ml|sh|css|html|txt|service|conf)|\/run|(?:^|\/)\.\w+)$/;

export type Source = Readonly<{ file: string; text: string }>;

const found = (pattern: string): readonly string[] =>
  globSync(pattern, { cwd: ROOT, exclude: (path) => OUTSIDE.test(path) })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !OUTSIDE.test(file) && statSync(join(ROOT, file)).isFile());

export const read = (file: string): Source => ({
  file,
  text: readFileSync(join(ROOT, file), 'utf8'),
});

/** Every TypeScript file that runs here (a page that a bundler builds has rules of its own). */
export const code: readonly Source[] = found('**/*.ts')
  .filter((file) => !file.startsWith('web/'))
  .toSorted()
  .map(read);

/** Every file that a person may read. The lockfile is npm's. */
export const texts: readonly Source[] = [...found('**/*.*'), ...found('.*'), ...found('.ci/*')]
  .filter((file, index, all) => all.indexOf(file) === index)
  .filter((file) => TEXT.test(file) && file !== 'package-lock.json')
  .toSorted()
  .map(read);

export const folderOf = (file: string): string =>
  file.includes('/') ? (file.split('/', 1)[0] ?? '') : '';

/** Runs a rule over many files and says where it was broken. */
export const strays = (
  sources: readonly Source[],
  rule: (source: Source) => readonly string[],
): readonly string[] =>
  sources.flatMap((source) => rule(source).map((what) => `${source.file}: ${what}`));
