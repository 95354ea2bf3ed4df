/** Which model the house speaks through, fixed when it starts: its name in the firewall's register, and the weights behind the name. */
import {
  canonicalText,
  count,
  flag,
  hash,
  hashText,
  list,
  name,
  nullable,
  oneOf,
  record,
  words,
  type Codec,
  type Hash,
  type ModelRecord,
  type TimeMs,
} from '#firewall';
import { RUNTIME_KINDS, type ModelIdentity, type ModelSpec } from '../agents/runtimes/contract.ts';

export type PinnedModel = Readonly<{
  /** As proposals name it. */
  id: string;
  artefact: Hash;
  spec: ModelSpec;
  identity: ModelIdentity;
  /** Whether its scorecard says that it may choose its tools itself. */
  choosesTools: boolean;
  /** Length of its embeddings; null where none are asked for, or it makes none. */
  dimensions: number | null;
}>;

const identityCodec: Codec<ModelIdentity> = record<ModelIdentity>({
  runtime: oneOf(RUNTIME_KINDS),
  runtimeVersion: words(200),
  model: words(1_000),
  digest: nullable(words(200)),
  quantisation: nullable(words(200)),
  parameters: nullable(count),
  contextMax: nullable(count),
});
export const pinnedModelCodec: Codec<PinnedModel> = record<PinnedModel>({
  id: name,
  artefact: hash,
  spec: record<ModelSpec>({
    kind: oneOf(RUNTIME_KINDS),
    name: words(4_096),
    url: nullable(words(4_096)),
    adapters: list(words(4_096), 16),
  }),
  identity: identityCodec,
  choosesTools: flag,
  dimensions: nullable(count),
});

const ID_MAX = 64;
const DIGEST_SHOWN = 12;

/** Runtime, name and the beginning of the digest, in the letters that a name may have. */
export function modelIdOf({ runtime, model, digest }: ModelIdentity): string {
  const end = `@${digest === null ? 'unknown' : bareDigest(digest).slice(0, DIGEST_SHOWN)}`;
  const plain = model.replaceAll(/[^A-Za-z0-9._:/@#+-]/g, '-');
  return `${runtime}/${plain.slice(0, ID_MAX - runtime.length - 1 - end.length)}${end}`;
}

/** The weights' own hash. A server that gives none is pinned by what it says of itself, which is less. */
export function artefactOf({ runtime, model, digest, quantisation }: ModelIdentity): Hash {
  const bare = digest === null ? '' : bareDigest(digest);
  return /^[0-9a-f]{64}$/.test(bare)
    ? (bare as Hash)
    : hashText(canonicalText({ runtime, model, digest, quantisation }));
}

const bareDigest = (digest: string): string => digest.replace(/^sha256:/, '').toLowerCase();

/** Nobody has told: neither the file's time nor the server's says what the weights have read. */
const TRAINED_UNTIL_UNKNOWN = 0 as TimeMs;

/**
 * What the firewall's register holds of the house's model: good for paper, where it may prove itself. The end of its training
 * is unknown, and unknown is not recent: should anyone present it as a price model, the rule on age refuses it.
 */
export const modelRecordsOf = (model: PinnedModel | null): readonly ModelRecord[] =>
  model === null
    ? []
    : [
        {
          id: model.id,
          artefact: model.artefact,
          role: 'challenger',
          trainedUntil: TRAINED_UNTIL_UNKNOWN,
          drift: 'ok',
        },
      ];
