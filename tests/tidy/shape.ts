/** How a file looks from outside: its name, its length, its first line, and the syntax Node cannot strip. */
import { basename, dirname } from 'node:path';
import { type Source } from './sources.ts';
import { isNode, nameOf, nodesOf, type Node } from './syntax.ts';

export const LINES_MAX = 300;
/** A table of every refusal with its boundaries is long and reads well; a source file that long does not. */
export const TEST_LINES_MAX = 500;
export const FUNCTION_LINES_MAX = 60;

/** Files that were longer than the ceiling when it was set; a number here may only shrink. */
export const RATCHET: Readonly<Record<string, number>> = {};

const BANNED_WORDS = /^(?:utils?|managers?|helpers?|common|misc)$/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export function badNames({ file }: Pick<Source, 'file'>): readonly string[] {
  const parts = [...dirname(file).split('/'), basename(file).replace(/(?:\.\w+)+$/, '')].filter(
    (part) => !part.startsWith('.'),
  );
  return parts.flatMap((part) => {
    if (!KEBAB.test(part)) return [`"${part}" is not kebab-case`];
    const word = part.split('-').find((piece) => BANNED_WORDS.test(piece));
    return word === undefined ? [] : [`"${word}" says nothing`];
  });
}

export function tooLong({ file, text }: Source): readonly string[] {
  const lines = text.trimEnd().split('\n').length;
  const max = RATCHET[file] ?? (file.startsWith('tests/') ? TEST_LINES_MAX : LINES_MAX);
  return lines > max ? [`${lines} lines, at most ${max}`] : [];
}

/** Below this a first line names the file but does not say what it is for. */
const PURPOSE_LETTERS_MIN = 20;

export function withoutPurpose({ text }: Source): readonly string[] {
  const lines = text.split('\n').filter((line, index) => index > 0 || !line.startsWith('#!'));
  const [first = '', second = ''] = lines;
  const said = first.trim() === '/**' ? second : first;
  const comment = /^\s*(?:\/\*\*|\/\/|\*)\s*(?<words>.*?)(?:\*\/)?$/.exec(said);
  const words = comment?.groups?.['words'] ?? '';
  return words.replaceAll(/\W/g, '').length >= PURPOSE_LETTERS_MIN
    ? []
    : ['the first line does not say what the file is for'];
}

const isFunction = ({ type }: Node): boolean =>
  /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);

/** Functions longer than a screen. A test file's outermost callbacks group tests and are no functions to read through. */
export function longFunctions({ file, text }: Source): readonly string[] {
  if (file.startsWith('tests/')) return [];
  return nodesOf(text)
    .filter(isFunction)
    .map(({ start, end }) => ({
      line: text.slice(0, start).split('\n').length,
      lines: text.slice(start, end).split('\n').length,
    }))
    .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
    .map(({ line, lines }) => `a function of ${lines} lines at line ${line}`);
}

const UNSTRIPPABLE: Readonly<Record<string, string>> = {
  TSEnumDeclaration: 'enum',
  TSParameterProperty: 'parameter property',
  Decorator: 'decorator',
  TSImportEqualsDeclaration: 'import =',
  TSExportAssignment: 'export =',
};

export const unstrippable = ({ text }: Source): readonly string[] =>
  nodesOf(text).flatMap((node) => {
    const isNamespace = node.type === 'TSModuleDeclaration' && node['declare'] !== true;
    const what = isNamespace ? 'namespace' : UNSTRIPPABLE[node.type];
    return what === undefined ? [] : [what];
  });

export const emptyCatches = ({ text }: Source): readonly string[] =>
  nodesOf(text)
    .filter(({ type }) => type === 'CatchClause')
    .filter(({ body }) => isNode(body) && Array.isArray(body['body']) && body['body'].length === 0)
    .map(() => 'an empty catch');

/** Whoever may call something an approved order may send it. */
export function mintsApproval({ file, text }: Source): readonly string[] {
  if (file === 'firewall/judge.ts' || file.startsWith('tests/')) return [];
  const claims = new Set([
    'TSAsExpression',
    'TSTypeAssertion',
    'TSTypePredicate',
    'TSSatisfiesExpression',
  ]);
  return nodesOf(text)
    .filter(({ type }) => claims.has(type))
    .filter(({ typeAnnotation }) => mentions(typeAnnotation, 'ApprovedOrder'))
    .map(() => 'mints an ApprovedOrder');
}

function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => mentions(item, name));
  if (!isNode(node)) return false;
  return nameOf(node) === name || Object.values(node).some((value) => mentions(value, name));
}

/** Our own code is tested with itself, never with a stand-in. */
export const mocks = ({ text }: Source): readonly string[] =>
  nodesOf(text)
    .filter(({ type }) => type === 'MemberExpression')
    .filter(
      ({ object, property }) =>
        nameOf(object) === 'vi' && /^(?:do)?[mM]ock$/.test(nameOf(property) ?? ''),
    )
    .map(() => 'mocks a module');
