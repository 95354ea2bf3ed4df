/** The quarantined reader: the only agent that sees text from outside. It has no tools and answers in numbers and words of closed sets. */
import { answerSchema, PERCENTS, upTo } from './answer-schema.ts';
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

/** What was said, and of which texts: their ids, looked up by code from the numbers in the answer. */
export type Reading = Sentiment & Readonly<{ ids: readonly string[]; shown: number }>;

/** Nobody was asked, because there was nothing to read. */
const SILENT: Reading = {
  direction: 'none',
  strength: 0,
  confidence: 0,
  volatility: 0,
  catalyst: 'none',
  items: [],
  ids: [],
  shown: 0,
};

export async function readSentiment(
  { symbol, at, texts }: SentimentInput,
  scope: AgentScope,
): Promise<Said<Reading>> {
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
        strength: PERCENTS,
        confidence: PERCENTS,
        volatility: PERCENTS,
        items: upTo(stories.length),
      }),
      check: (value) => sentimentProblems(value, stories.length),
    },
    scope,
  );
  return said.ok ? { ...said, value: resolved(said.value, stories) } : said;
}

const lineOf = ({ source, weight, copies, ageMinutes, text }: Story, index: number): string =>
  `${index + 1} ${source} ${weight} ${copies} ${ageMinutes} ${JSON.stringify(text)}`;

function resolved(said: Sentiment, stories: readonly Story[]): Reading {
  const items = [...new Set(said.items)];
  const ids = items.flatMap((item) => stories[item - 1]?.id ?? []);
  return { ...said, items, ids, shown: stories.length };
}
