/** A source file's syntax tree, walked; and what the file imports. */
import { parseAst } from 'vitest/node';

export type Node = Readonly<{ type: string; start: number; end: number } & Record<string, unknown>>;

export type Import = Readonly<{
  /** What is imported, or null where a dynamic import computes it. */
  target: string | null;
  /** Erased before it runs. */
  typeOnly: boolean;
  dynamic: boolean;
}>;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  typeof value.type === 'string' &&
  'start' in value;

export function childrenOf(node: Node): readonly Node[] {
  const children: Node[] = [];
  for (const key in node) {
    const value: unknown = node[key];
    if (Array.isArray(value)) children.push(...(value as readonly unknown[]).filter(isNode));
    else if (isNode(value)) children.push(value);
  }
  return children;
}

const trees = new Map<string, Node>();

export function parse(text: string): Node {
  const known = trees.get(text);
  if (known !== undefined) return known;
  const tree: unknown = parseAst(text, { lang: 'ts' });
  if (!isNode(tree)) throw new TypeError('the parser returned no tree');
  trees.set(text, tree);
  return tree;
}

/** Visits every node with its parents, outermost first; the list is only good during the visit. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => void,
  parents: Node[] = [],
): void {
  visit(node, parents);
  parents.push(node);
  for (const child of childrenOf(node)) walk(child, visit, parents);
  parents.pop();
}

const flat = new Map<string, readonly Node[]>();

export function nodesOf(text: string): readonly Node[] {
  const known = flat.get(text);
  if (known !== undefined) return known;
  const nodes: Node[] = [];
  walk(parse(text), (node) => nodes.push(node));
  flat.set(text, nodes);
  return nodes;
}

const textOf = (value: unknown, key: 'name' | 'value'): string | null => {
  const text = isNode(value) ? value[key] : null;
  return typeof text === 'string' ? text : null;
};

/** The text of an identifier or a string literal. */
export const nameOf = (value: unknown): string | null =>
  textOf(value, 'name') ?? textOf(value, 'value');

/** Whether a name is a key of some object or member rather than a name of its own. */
export function isKey(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false;
  const isMember = parent.type === 'MemberExpression' && parent['property'] === node;
  const isProperty = 'key' in parent && parent['key'] === node && parent['shorthand'] !== true;
  return (isMember || isProperty) && parent['computed'] !== true;
}

function importOf(node: Node): Import | null {
  const { type, source } = node;
  // A computed target is an identifier or worse, never a literal.
  const target = textOf(source, 'value');
  switch (type) {
    case 'ImportDeclaration':
      return { target, typeOnly: node['importKind'] === 'type', dynamic: false };
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return target === null
        ? null
        : { target, typeOnly: node['exportKind'] === 'type', dynamic: false };
    case 'ImportExpression':
      return { target, typeOnly: false, dynamic: true };
    case 'TSImportType':
      return { target, typeOnly: true, dynamic: false };
    default:
      return null;
  }
}

export const importsOf = (text: string): readonly Import[] =>
  nodesOf(text)
    .map(importOf)
    .filter((found) => found !== null);
