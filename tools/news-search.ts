/** Recent news about the symbol. Its texts are untrusted and go to the quarantined reader; its facts only count them. */
import { z } from 'zod';
import type { SpanMs } from '#firewall';
import type { NewsItem, Tool, UntrustedText } from './contract.ts';
import { citable, newsId } from './evidence.ts';
import { numberFact, sorted } from './facts.ts';
import { storiesOf, type Story } from './stories.ts';

const input = z.strictObject({
  hours: z.int().min(1).max(72),
  items: z.int().min(1).max(20),
});
type Input = z.infer<typeof input>;

const COUNT = { unit: 'count', digits: 0 } as const;
const HOUR_MS = 3_600_000;
const TEXT_CHARS_MAX = 600;

export const newsSearch: Tool<Input> = {
  name: 'news_search',
  description: 'Recent news about the symbol, each story once.',
  effect: 'read',
  reads: 'untrusted',
  input,
  facts: {
    copies: ['count', 'items that told a story again'],
    items: ['count', 'found'],
    minutes: ['count', 'since the newest'],
    shown: ['count', 'stories given to the reader'],
    sources: ['count', 'that told them'],
    stories: ['count', 'told at least once'],
  },
  codes: [],
  async run({ hours, items }, scope) {
    const { ports, symbol, now } = scope;
    const found = ports.market
      .news(now, (hours * HOUR_MS) as SpanMs)
      .filter((item) => concerns(item, symbol));
    const stories = storiesOf(found);
    const shown = stories.slice(0, items);
    return {
      ok: true,
      asOf: found.reduce(
        (newest, { availableAt }) => (availableAt > newest ? availableAt : newest),
        found[0]?.availableAt ?? now,
      ),
      facts: sorted([
        numberFact(
          'news_search.copies',
          stories.reduce((sum, { copies }) => sum + copies, 0),
          COUNT,
        ),
        numberFact('news_search.items', found.length, COUNT),
        numberFact('news_search.minutes', newestMinutes(found, now), COUNT),
        numberFact('news_search.shown', shown.length, COUNT),
        numberFact('news_search.sources', new Set(found.map(({ source }) => source)).size, COUNT),
        numberFact('news_search.stories', stories.length, COUNT),
      ]),
      evidence: citable(
        scope,
        shown.map(({ item }) => newsId(item.id)),
      ),
      texts: shown.map(textOf),
    };
  },
};

/** News that name no symbol at all are about the market as a whole. */
const concerns = ({ symbols }: NewsItem, symbol: string): boolean => {
  const base = symbol.split('/', 1)[0];
  return (
    symbols.length === 0 || symbols.some((one) => one === symbol || one.split('/', 1)[0] === base)
  );
};

const newestMinutes = (found: readonly NewsItem[], now: number): number | null =>
  found.length === 0
    ? null
    : Math.floor((now - Math.max(...found.map(({ availableAt }) => availableAt))) / 60_000);

const textOf = ({ item }: Story): UntrustedText => ({
  id: item.id,
  source: item.source,
  availableAt: item.availableAt,
  text: clipped(item.body === '' ? item.headline : `${item.headline}\n${item.body}`),
});

/** Cut between characters, never within one. */
const clipped = (text: string): string =>
  text.length <= TEXT_CHARS_MAX
    ? text
    : text.slice(0, TEXT_CHARS_MAX).replace(/[\uD800-\uDBFF]$/u, '');
