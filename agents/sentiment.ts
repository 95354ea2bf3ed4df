/** The quarantined reader: the only agent that sees text from outside. It has no tools and answers in numbers and words of closed sets. */
import { answerSchema, upTo } from './answer-schema.ts';
import {
  sentimentSchema,
  type AgentScope,
  type Said,
  type Sentiment,
  type SentimentInput,
} from './contract.ts';
import { wordOf } from './fact-lines.ts';
import { sentimentProblems } from './grounding.ts';
import { storiesOf, type Story } from './news-stories.ts';
import { loadPrompt } from './prompt-file.ts';
import { askTyped } from './typed-ask.ts';

/** Nobody was asked, because there was nothing to read. */
const SILENT: Sentiment = {
  direction: 'none',
  strength: 0,
  confidence: 0,
  volatility: 0,
  catalyst: 'none',
  items: [],
};

export async function readSentiment(
  { symbol, at, texts }: SentimentInput,
  scope: AgentScope,
): Promise<Said<Sentiment>> {
  const stories = storiesOf(texts, at);
  if (stories.length === 0) return { ok: true, value: SILENT, calls: [] };
  const said = await askTyped(
    {
      agent: 'sentiment',
      prompt: loadPrompt('sentiment'),
      values: {
        symbol: wordOf(symbol),
        count: `${stories.length}`,
        items: stories.map(lineOf),
      },
      schema: sentimentSchema,
      answer: answerSchema(sentimentSchema, {
        items: upTo(stories.length),
      }),
      check: (value) => sentimentProblems(value, stories.length),
    },
    scope,
  );
  // No grammar keeps an item from being named twice.
  return said.ok
    ? { ...said, value: { ...said.value, items: [...new Set(said.value.items)] } }
    : said;
}

const lineOf = ({ source, weight, ageMinutes, text }: Story, index: number): string =>
  `${index + 1} ${source} ${weight} ${ageMinutes} ${JSON.stringify(text)}`;

/** Ids of the texts that an answer names, looked up by code: the numbers are positions in the list that was shown. */
export function itemIds(
  { items }: Sentiment,
  { texts, at }: Pick<SentimentInput, 'texts' | 'at'>,
): readonly string[] {
  const stories = storiesOf(texts, at);
  return items.flatMap((item) => stories[item - 1]?.id ?? []);
}
