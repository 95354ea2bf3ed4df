/** Everything a process loads, followed from its entry file through our code and into the packages it names. */
import { readFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathOf } from './import-table.ts';
import { ROOT } from './sources.ts';
import { importsOf, isKey, nameOf, parse, walk } from './syntax.ts';

/** The text of a file, or null where there is none; the planted examples bring their own. */
export type Reader = (file: string) => string | null;

export type Closure = Readonly<{
  /** Files reached, ours and those of packages, as paths from the root. */
  files: ReadonlySet<string>;
  /** Builtins reached, with the file that names them. */
  builtins: ReadonlyMap<string, string>;
  faults: readonly string[];
}>;

export type Limits = Readonly<{ ours: RegExp; packages: RegExp; builtins: ReadonlySet<string> }>;

export const fromDisk: Reader = (file) =>
  existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : null;

function packageFile(file: string, target: string): string | null {
  try {
    return relative(ROOT, createRequire(join(ROOT, file)).resolve(target)).replaceAll('\\', '/');
  } catch (cause) {
    // Not installed is a finding like any other; anything else is a fault of this test.
    if (
      cause instanceof Error &&
      'code' in cause &&
      /NOT_FOUND|NOT_EXPORTED/.test(String(cause.code))
    )
      return null;
    throw cause;
  }
}

/** Names by which code could reach a network, a process or the module loader without an import. */
const ESCAPES =
  /^(?:fetch|WebSocket|EventSource|XMLHttpRequest|eval|Function|require|createRequire|getBuiltinModule|binding|_linkedBinding|dlopen|importScripts)$/;

export function escapes(text: string): readonly string[] {
  const names: (string | null)[] = [];
  walk(parse(text), (node, parents) => {
    if (node.type === 'MemberExpression') names.push(nameOf(node['property']));
    if (node.type === 'Identifier' && !isKey(node, parents.at(-1))) names.push(nameOf(node));
  });
  return [...new Set(names)].filter((name) => name !== null && ESCAPES.test(name)).map(String);
}

type Visit = Readonly<{
  file: string;
  queue: string[];
  builtins: Map<string, string>;
  faults: string[];
}>;

function visitImport(target: string | null, limits: Limits, visit: Visit): void {
  const { file, queue, builtins, faults } = visit;
  if (target === null) {
    faults.push(`${file} imports what it computes`);
    return;
  }
  const path = pathOf(file, target);
  if (path !== null) queue.push(path);
  else if (target.startsWith('node:')) {
    builtins.set(target, file);
    if (!limits.builtins.has(target)) faults.push(`${file} reaches ${target}`);
  } else if (!limits.packages.test(target)) faults.push(`${file} reaches ${target}`);
  else {
    const found = packageFile(file, target);
    if (found === null) faults.push(`${file} names ${target}, which is not installed`);
    else queue.push(found);
  }
}

/** Follows every import that survives type stripping, and says which of them break the limits. */
export function closureOf(entry: string, limits: Limits, read: Reader = fromDisk): Closure {
  const files = new Set<string>();
  const builtins = new Map<string, string>();
  const faults: string[] = [];
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const isPackage = file.startsWith('node_modules/');
    const text = read(file);
    if (text === null) faults.push(`${file} does not exist`);
    else if (!isPackage && !limits.ours.test(file)) faults.push(`${file} is out of bounds`);
    else {
      for (const name of escapes(text)) faults.push(`${file} names ${name}`);
      for (const { target, typeOnly } of importsOf(text))
        if (!typeOnly) visitImport(target, limits, { file, queue, builtins, faults });
    }
  }
  return { files, builtins, faults };
}

export const folderFiles = (closure: Closure, folder: string): readonly string[] =>
  [...closure.files].filter((file) => dirname(file) === folder);
