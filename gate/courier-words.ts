/** What the courier may say through the outcomes lane: facts for the ledger, in the ledger's own words. */
import { decodeText, textOf, variant, type Codec, type Decoded } from '#firewall';
import type { CarriedEvent } from '../ledger/contract.ts';
import { CARRIED } from '../ledger/event-codec.ts';

export const courierWordCodec: Codec<CarriedEvent> = variant<CarriedEvent>(CARRIED);

const WORD_TEXT_MAX = 65_536;

export function decodeCourierWord(text: string): Decoded<CarriedEvent> {
  const word = decodeText(courierWordCodec, text, WORD_TEXT_MAX);
  if (word.ok && textOf(courierWordCodec, word.value) !== text)
    return { ok: false, at: '$', want: 'the canonical text of the outcome' };
  return word;
}
