/** A model's scorecard: made by the command, kept by weights, and heeded by whoever opens the model. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cardsOf, pinModel, type PinOptions } from '../../../bin/model-pin.ts';
import type { Scorecard } from '../../../agents/scorecard.ts';
import { loadConfig } from '../../../infra/config.ts';
import { dataDir } from '../../../infra/data-dir.ts';
import { airlock } from '../command-line.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-check-'));
const dir = dataDir(root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

let spec: string;
beforeAll(async () => {
  spec = `gguf:${await tinyGguf()}`;
});

function pinOptions(modelForced = false): PinOptions {
  const loaded = loadConfig(dir.config, {}, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { ...loaded.config, modelForced, openaiKey: null, cards: cardsOf(dir) };
}

describe('airlock models check', () => {
  test('a model that nobody has checked may be used, with the fixed plan', async () => {
    expect(await pinModel(spec, root, pinOptions())).toMatchObject({ choosesTools: false });
  });

  test('asks everything once and keeps the card', () => {
    const { status, out } = airlock(root, 'models', 'check', spec, '--json', '--data', root);
    const card = JSON.parse(out) as Scorecard;
    expect(card.checks.find(({ name }) => name === 'schema')).toMatchObject({ passed: 50, of: 50 });
    expect(status).toBe(card.fit ? 0 : 1);
    expect(cardsOf(dir).all()).toEqual([card]);
  });

  test('a model that has failed is refused by name of what it failed, unless somebody insists', async () => {
    const [card] = cardsOf(dir).all();
    if (card === undefined) throw new Error('no card');
    const checks = card.checks.map((check) =>
      check.name === 'schema' ? { ...check, ok: false, passed: 12 } : check,
    );
    cardsOf(dir).put({ ...card, checks, fit: false, mayChooseTools: true });
    await expect(pinModel(spec, root, pinOptions())).rejects.toMatchObject({
      code: 'MODEL_FAILED_CHECK',
      message: expect.stringContaining('schema') as string,
    });
    // Whoever insists gets the model, and not the trust that a passed check would have brought.
    expect(await pinModel(spec, root, pinOptions(true))).toMatchObject({ choosesTools: false });
  });

  test('a model that passed with its tools may choose them', async () => {
    const [card] = cardsOf(dir).all();
    if (card === undefined) throw new Error('no card');
    cardsOf(dir).put({ ...card, fit: true, mayChooseTools: true });
    expect(await pinModel(spec, root, pinOptions())).toMatchObject({ choosesTools: true });
  });

  test('a card that cannot be read may have said no', async () => {
    const [name] = readdirSync(join(root, 'models'));
    const file = join(root, 'models', name ?? '');
    const good = readFileSync(file);
    writeFileSync(file, good.subarray(0, 40));
    await expect(pinModel(spec, root, pinOptions())).rejects.toMatchObject({
      code: 'MODEL_CARD_UNREADABLE',
    });
    expect(await pinModel(spec, root, pinOptions(true))).toMatchObject({ choosesTools: false });
    writeFileSync(file, good);
    expect(await pinModel(spec, root, pinOptions())).toMatchObject({ choosesTools: true });
  });

  test('says what is wrong with a model that is not there', () => {
    const none = airlock(root, 'models', 'check', 'gguf:/nowhere.gguf', '--data', root);
    expect(none.status).toBe(2);
    expect(none.err).toContain('MODEL_NOT_FOUND');
    const nothing = airlock(root, 'models', 'check', '--data', root);
    expect(nothing.status).toBe(2);
    expect(nothing.err).toContain('MODEL_MISSING');
  });
});
