/** What pure code may not name: clocks, chance, the outside world, hidden state, and whatever depends on the machine's locale. */
import { isKey, nameOf, parse, walk, type Node } from './syntax.ts';

const NAMES = new Set(
  `Date performance Temporal process console fetch setTimeout setInterval setImmediate queueMicrotask
   globalThis global eval Function require WebAssembly crypto navigator Intl Promise
   WeakRef FinalizationRegistry Atomics SharedArrayBuffer Worker XMLHttpRequest WebSocket`.split(
    /\s+/,
  ),
);
const MEMBERS = /^(?:random|constructor|__proto__|localeCompare|toLocale\w*)$/;

function impurityOf(node: Node, parents: readonly Node[]): string | null {
  const parent = parents.at(-1);
  switch (node.type) {
    case 'Identifier': {
      const name = nameOf(node) ?? '';
      return NAMES.has(name) && !isKey(node, parent) ? `names ${name}` : null;
    }
    case 'MemberExpression': {
      const name = nameOf(node['property']) ?? '';
      return MEMBERS.test(name) ? `names .${name}` : null;
    }
    case 'Property': {
      const name = nameOf(node['key']) ?? '';
      return parent?.type === 'ObjectPattern' && MEMBERS.test(name) ? `names .${name}` : null;
    }
    case 'ImportExpression':
      return 'imports dynamically';
    case 'MetaProperty':
      return 'names import.meta';
    case 'AwaitExpression':
      return 'awaits';
    case 'VariableDeclaration': {
      const atTop = parents.every(({ type }) =>
        ['Program', 'ExportNamedDeclaration'].includes(type),
      );
      return atTop && node['kind'] !== 'const' ? 'keeps state between calls' : null;
    }
    default:
      return node['async'] === true ? 'is asynchronous' : null;
  }
}

export function impurities(text: string): readonly string[] {
  const found: (string | null)[] = [];
  walk(parse(text), (node, parents) => found.push(impurityOf(node, parents)));
  return [...new Set(found)].filter((why) => why !== null);
}
