/** Typed values as the lines of a prompt: one thing a line, and nothing that could be a sentence. */
import { assert } from '#firewall';
import type { Fact } from '../tools/contract.ts';
import type { Level, Sentiment, Technical } from './contract.ts';
import { distanceOf, sideOf } from './grounding.ts';

/** Names, numbers and words of closed sets. White space would let a sentence through. */
const WORD = /^[A-Za-z0-9_.:/%+-]{1,64}$/;

function line(...words: readonly string[]): string {
  for (const word of words) assert(WORD.test(word), `"${word}" is no fact`);
  return words.join(' ');
}

export const wordOf = (word: string): string => line(word);

export const factLines = (facts: readonly Fact[]): readonly string[] =>
  facts.map(({ name, value, unit }) => line(name, value, unit));

export const levelLines = (levels: readonly Level[], mid: string): readonly string[] =>
  levels.map((level) =>
    line(level.name, level.price, sideOf(level, mid), `${distanceOf(level, mid)}`),
  );

/** Field by field: whatever else an object carries cannot come along. */
export const sentimentLines = (sentiment: Sentiment | null): readonly string[] =>
  sentiment === null
    ? [line('sentiment', 'missing')]
    : [
        line('sentiment.direction', sentiment.direction, 'word'),
        line('sentiment.strength', `${sentiment.strength}`, 'percent'),
        line('sentiment.confidence', `${sentiment.confidence}`, 'percent'),
        line('sentiment.volatility', `${sentiment.volatility}`, 'percent'),
        line('sentiment.catalyst', sentiment.catalyst, 'word'),
      ];

export const technicalLines = (technical: Technical | null): readonly string[] =>
  technical === null
    ? [line('technical', 'missing')]
    : [
        line('technical.bias', technical.bias, 'word'),
        line('technical.strength', `${technical.strength}`, 'percent'),
        line('technical.confidence', `${technical.confidence}`, 'percent'),
        line('technical.invalidation', technical.invalidation, 'word'),
      ];
