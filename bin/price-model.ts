/** The house's price model: an ONNX file with its card beside it, fixed when the house starts and opened by the desks. */
import { resolve } from 'node:path';
import {
  hash,
  name,
  record,
  time,
  words,
  type Codec,
  type Hash,
  type ModelRecord,
  type TimeMs,
} from '#firewall';
import type { LoadedPriceModel } from '../infra/onnx-price-model.ts';
import type { PriceModel } from '../tools/contract.ts';
import { UsageError } from './command.ts';

export type PinnedPriceModel = Readonly<{
  file: string;
  id: string;
  artefact: Hash;
  /** Hash of the card: other numbers beside the same weights make another model. */
  card: Hash;
  /** As its card says. */
  trainedUntil: TimeMs;
}>;

export const pinnedPriceModelCodec: Codec<PinnedPriceModel> = record<PinnedPriceModel>({
  file: words(4_096),
  id: name,
  artefact: hash,
  card: hash,
  trainedUntil: time,
});

const cardOf = (file: string): string => `${file.replace(/\.onnx$/, '')}.json`;

/** The packages of ONNX are loaded only where there is such a model. */
async function open(file: string): Promise<LoadedPriceModel> {
  const { openOnnxPriceModel } = await import('../infra/onnx-price-model.ts');
  const { FEATURES, featuresOf } = await import('../tools/features.ts');
  return openOnnxPriceModel({
    modelFile: file,
    cardFile: cardOf(file),
    features: { names: FEATURES, of: featuresOf },
  });
}

/** Opens it once, tries it, and takes down what it is. One that cannot be used stops the start. */
export async function pinPriceModel(named: string, cwd: string): Promise<PinnedPriceModel> {
  const file = resolve(cwd, named);
  const { PriceModelError } = await import('../infra/onnx-price-model.ts');
  try {
    const model = await open(file);
    await model.close();
    const { id, artefact, cardHash: card, trainedUntil } = model;
    return { file, id, artefact, card, trainedUntil };
  } catch (error) {
    if (!(error instanceof PriceModelError)) throw error;
    throw new UsageError(
      error.code,
      `the price model ${named} cannot be used: ${error.message}`,
      `name an ONNX file with its card ${cardOf('FILE.onnx')} beside it, or leave it out`,
      error,
    );
  }
}

/** The very model that was pinned; another in its place is not used. */
export async function openPriceModel(pinned: PinnedPriceModel): Promise<PriceModel> {
  const model = await open(pinned.file);
  const { id, artefact, cardHash } = model;
  if (id === pinned.id && artefact === pinned.artefact && cardHash === pinned.card) return model;
  await model.close();
  throw new Error('the price model is not the one that the house was started with');
}

/** On paper a challenger may stand behind orders; whether it is recent enough is the firewall's to say. */
export const priceRecordsOf = (model: PinnedPriceModel | null): readonly ModelRecord[] =>
  model === null
    ? []
    : [
        {
          id: model.id,
          artefact: model.artefact,
          role: 'challenger',
          trainedUntil: model.trainedUntil,
          drift: 'ok',
        },
      ];
