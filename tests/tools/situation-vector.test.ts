/** Situations as vectors made by code: scaled, bounded, and with a difference between unknown and zero. */
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../tools/contract.ts';
import { CODE_VECTORS, situationVector, vectorOf } from '../../tools/situation-vector.ts';

const fact = (name: string, value: string): Fact => ({ name, value, unit: 'bps' });
const { signal } = new AbortController();

describe('situationVector', () => {
  it('is all zeros while nothing is known', () => {
    expect([...situationVector([])]).toEqual(
      Array.from({ length: CODE_VECTORS.dimensions }, () => 0),
    );
  });

  it('tells zero from unknown', () => {
    const zero = situationVector([fact('candles.change_1', '0')]);
    expect([zero[0], zero[1]]).toEqual([0, 1]);
    expect(zero).not.toEqual(situationVector([]));
  });

  it('scales by the step of each axis and cuts off at three', () => {
    const first = (value: string) => situationVector([fact('candles.change_1', value)])[0];
    expect(first('20')).toBe(1);
    expect(first('-40')).toBe(-2);
    expect(first('60')).toBe(3);
    expect(first('61')).toBe(3);
    expect(first('-9999')).toBe(-3);
  });

  it('finds facts over other bars where those of the main length are not there', () => {
    const other = fact('indicators.1h.rsi14', '65');
    const main = fact('indicators.rsi14', '50');
    expect(situationVector([other])).not.toEqual(situationVector([]));
    expect(situationVector([main, other])).toEqual(situationVector([main]));
  });

  it('does not depend on the order of the facts, nor on facts of ourselves', () => {
    const facts = [fact('candles.change_1', '5'), fact('order_book.spread', '1')];
    const more = [...facts.toReversed(), fact('portfolio.gain', '9')];
    expect(situationVector(more)).toEqual(situationVector(facts));
  });

  it('counts words as unknown', () => {
    const word: Fact = { name: 'candles.change_1', value: 'up', unit: 'word' };
    expect(situationVector([word])).toEqual(situationVector([]));
  });
});

describe('vectorOf', () => {
  const facts = [fact('candles.change_1', '5'), fact('portfolio.gain', '9')];
  it('is the code’s own without an embedder', async () => {
    expect(await vectorOf(facts, null, signal)).toEqual(situationVector(facts));
  });

  it('shows an embedder the market alone', async () => {
    const heard: (readonly string[])[] = [];
    const embed = {
      id: 'e',
      dimensions: 1,
      embed: async (texts: readonly string[]) => {
        heard.push(texts);
        return [Float32Array.from([1])];
      },
    };
    expect(await vectorOf(facts, embed, signal)).toEqual(Float32Array.from([1]));
    expect(heard).toEqual([['candles.change_1 5 bps']]);
  });
});
