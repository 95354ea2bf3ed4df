/** The house's price model: pinned with its card, opened as the very one that was pinned, and told to the firewall as it is. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decode } from '#firewall';
import {
  openPriceModel,
  pinnedPriceModelCodec,
  pinPriceModel,
  priceRecordsOf,
} from '../../bin/price-model.ts';
import { priceModelFiles } from '../support/price-model-files.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-price-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('its file, its name and its age are those of the card', async () => {
  const { trainedUntil, sha256 } = priceModelFiles(dir, 'one');
  const pinned = await pinPriceModel('one.onnx', dir);
  expect(pinned).toEqual({
    file: join(dir, 'one.onnx'),
    id: 'one@1',
    artefact: sha256,
    card: createHash('sha256')
      .update(readFileSync(join(dir, 'one.json')))
      .digest('hex'),
    trainedUntil,
  });
  expect(decode(pinnedPriceModelCodec, pinnedPriceModelCodec.write(pinned))).toEqual({
    ok: true,
    value: pinned,
  });
  expect(priceRecordsOf(pinned)).toEqual([
    { id: 'one@1', artefact: sha256, role: 'challenger', trainedUntil, drift: 'ok' },
  ]);
  const model = await openPriceModel(pinned);
  expect(model.id).toBe('one@1');
  await model.close();
});

test('another model under the same name is not used', async () => {
  priceModelFiles(dir, 'two');
  priceModelFiles(dir, 'three');
  const pinned = await pinPriceModel('two.onnx', dir);
  for (const end of ['onnx', 'json'])
    copyFileSync(join(dir, `three.${end}`), join(dir, `two.${end}`));
  await expect(openPriceModel(pinned)).rejects.toThrow('not the one');
});

test('another card beside the same model is not used', async () => {
  priceModelFiles(dir, 'four');
  const pinned = await pinPriceModel('four.onnx', dir);
  const card = readFileSync(join(dir, 'four.json'), 'utf8');
  // The same numbers in another spelling, and still not what was pinned.
  writeFileSync(join(dir, 'four.json'), `${card}\n`);
  await expect(openPriceModel(pinned)).rejects.toThrow('not the one');
  writeFileSync(join(dir, 'four.json'), card);
  const model = await openPriceModel(pinned);
  await model.close();
});

test.each([
  ['nothing.onnx', 'MODEL_UNREADABLE'],
  ['bare.onnx', 'CARD_INVALID'],
])('%s stops the start: %s', async (name, code) => {
  writeFileSync(join(dir, 'bare.onnx'), 'no model');
  writeFileSync(join(dir, 'bare.json'), '{}');
  await expect(pinPriceModel(name, dir)).rejects.toMatchObject({ code });
});
