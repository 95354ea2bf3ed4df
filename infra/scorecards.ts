/** Scorecards of models, kept: one file for each model, runtime version and way of thinking, replaced whole. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as f from '#firewall';
import type { ModelIdentity, RuntimeKind } from '../agents/runtimes/contract.ts';
import type { Check, CheckName, Scorecard } from '../agents/scorecard.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';

const RUNTIMES: readonly RuntimeKind[] = ['llama.cpp', 'ollama', 'openai', 'recorded'];
const NAMES: readonly CheckName[] = [
  'schema',
  'refuses_overlong',
  'reads_whole_window',
  'determinism',
  'tools',
  'deadline',
  'cancel',
];

const identity = f.record<ModelIdentity>({
  runtime: f.oneOf(RUNTIMES),
  runtimeVersion: f.words(128),
  model: f.words(512),
  digest: f.nullable(f.words(128)),
  quantisation: f.nullable(f.words(64)),
  parameters: f.nullable(f.count),
  contextMax: f.nullable(f.count),
});
const verdict = f.nullable(f.flag);
const check = f.record<Check>({
  name: f.oneOf(NAMES),
  ok: verdict,
  passed: f.count,
  of: f.count,
  codes: f.list(f.words(64), 100),
});
export const scorecardCodec = f.record<Scorecard>({
  version: f.integer<1>(1, 1),
  at: f.time,
  identity,
  contextTokens: f.count,
  answerTokensMax: f.count,
  temperatureMilli: f.count,
  think: f.flag,
  checks: f.list(check, 100),
  tokensPerSecond: f.nullable(f.count),
  firstTokenMs: f.nullable(f.count),
  answerMs: f.nullable(f.count),
  thinksAnyway: f.flag,
  mayChooseTools: f.flag,
  fit: f.flag,
});

/** Which card a model needs: other weights, another program or another way of thinking is another model. */
export type CardKey = Readonly<{ identity: ModelIdentity; think: boolean }>;

export interface Scorecards {
  put(card: Scorecard): void;
  /** Null where it was never checked, and where the card cannot be read. */
  get(key: CardKey): Scorecard | null;
  /** There is a card and it cannot be read: what it said of the model is not known. */
  damaged(key: CardKey): boolean;
  all(): readonly Scorecard[];
}

export function openScorecards(dir: string): Scorecards {
  return {
    put(card) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      writeSnapshot(join(dir, nameOf(card)), scorecardCodec.write(card));
    },
    get(key) {
      const card = readSnapshot(join(dir, nameOf(key)), scorecardCodec);
      // A file under another's name is not this model's card.
      return card !== null && nameOf(card) === nameOf(key) ? card : null;
    },
    damaged(key) {
      return existsSync(join(dir, nameOf(key))) && this.get(key) === null;
    },
    all() {
      if (!existsSync(dir)) return [];
      return readdirSync(dir)
        .filter((name) => name.endsWith('.json'))
        .toSorted()
        .flatMap((name) => {
          const card = readSnapshot(join(dir, name), scorecardCodec);
          return card !== null && nameOf(card) === name ? [card] : [];
        });
    },
  };
}

function nameOf({ identity: { runtime, runtimeVersion, model, digest }, think }: CardKey): string {
  const weights = digest ?? model;
  const text = f.canonicalText({ runtime, runtimeVersion, weights, think });
  return `${f.hashText(text).slice(0, 32)}.json`;
}
