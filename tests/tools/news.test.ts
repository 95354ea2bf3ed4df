/** News as stories: told once, counted, ranked, bounded; and untrusted all the way. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpanMs, TimeMs } from '#firewall';
import type { NewsItem } from '../../market/contract.ts';
import type { ToolAnswer } from '../../tools/contract.ts';
import { newsSearch } from '../../tools/news-search.ts';
import { sourceWeight } from '../../tools/source-weight.ts';
import { shinglesOf, similarity, storiesOf, wordsOf } from '../../tools/stories.ts';
import * as s from '../market/samples.ts';
import { emptyStore, factsIn, NOW, scopeOf } from './world.ts';

const item = (id: string, headline: string, changes: Partial<NewsItem> = {}): NewsItem => ({
  id,
  headline,
  body: '',
  source: 'a blog',
  symbols: [s.PERP],
  publishedAt: (NOW - 60_000) as TimeMs,
  availableAt: (NOW - 60_000) as TimeMs,
  ...changes,
});
const ids = (items: readonly NewsItem[]): readonly string[] =>
  storiesOf(items).map(({ item: { id } }) => id);

const STORY = 'Exchange halts withdrawals after reports of a hack on its hot wallets';

describe('storiesOf', () => {
  it('takes a story told again in nearly the same words as a copy of the first', () => {
    const told = storiesOf([
      item('1', STORY),
      item('2', STORY.toUpperCase()),
      item('3', `UPDATE: ${STORY}!!`),
      item(
        '4',
        'Exchange halts with\u200Bdrawals after reports of a h\u0301ack on its hot wallets',
      ),
      item('5', 'A lender lists new savings accounts in three countries'),
    ]);
    expect(told.map(({ item: { id }, copies }) => [id, copies])).toEqual([
      ['1', 3],
      ['5', 0],
    ]);
  });

  it('keeps stories apart that differ in what matters', () => {
    expect(
      ids([item('1', 'Fund sells 1,000 coins in May'), item('2', 'Fund buys 9,000 coins in June')]),
    ).toHaveLength(2);
    expect(ids([item('1', 'Up'), item('2', 'Down')])).toHaveLength(2);
    const fall = (by: number) =>
      `Bitcoin falls ${by} per cent in an hour as traders on many venues rush to leave long positions`;
    expect(ids([item('1', fall(5)), item('2', fall(8)), item('3', fall(5))])).toEqual(['1', '2']);
  });

  it('lets a flood of copies count as one story, told by the weightiest of its sources, the first of those', () => {
    const flood = Array.from({ length: 100 }, (_, index) => item(`f${index}`, STORY));
    const [story, ...others] = storiesOf([
      ...flood,
      item('r', STORY, { source: 'Reuters' }),
      item('b', STORY, { source: 'Bloomberg' }),
    ]);
    expect(others).toEqual([]);
    expect(story).toMatchObject({ copies: 101, weight: 3, item: { id: 'r', source: 'Reuters' } });
  });

  it('joins at half of the shingles, and not below', () => {
    // Six shingles each: with two other words at the end four are common, half of all eight; with three, a third.
    const words = 'one two three four five six seven eight'.split(' ');
    const text = words.join(' ');
    const withLast = (count: number) =>
      [...words.slice(0, 8 - count), ...words.slice(0, count).map((w) => `${w}x`)].join(' ');
    expect(ids([item('1', text), item('2', withLast(2))])).toEqual(['1']);
    expect(ids([item('1', text), item('2', withLast(3))])).toEqual(['1', '2']);
  });

  it('ranks by source, then the newest first', () => {
    const at = (ago: number) => ({ availableAt: (NOW - ago) as TimeMs });
    expect(
      ids([
        item('old', 'miners move coins to new wallets today', at(9_000)),
        item('wire', 'regulator opens a case against a venue', { ...at(8_000), source: 'Reuters' }),
        item('new', 'a bridge reports delays of several hours', at(1_000)),
        item('paper', 'a bank plans custody for its clients', { ...at(7_000), source: 'CoinDesk' }),
      ]),
    ).toEqual(['wire', 'paper', 'new', 'old']);
  });

  it('drops what has no letters, and reads the body where there is no headline', () => {
    expect(ids([item('1', '!!! ???'), item('2', '', { body: 'a body of its own' })])).toEqual([
      '2',
    ]);
  });

  it('looks at the newest three hundred of a flood', () => {
    const many = Array.from({ length: 301 }, (_, index) =>
      item(`${index}`, `story number ${index}`),
    );
    const kept = ids(many);
    expect(kept).toHaveLength(300);
    expect(kept).not.toContain('0');
  });

  it('gives the same stories for the same items, each of them once', () => {
    const words = fc.constantFrom('coin', 'rises', 'falls', 'bank', 'hack', 'list', 'fund', 'by');
    const headline = fc.array(words, { maxLength: 9 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(fc.array(headline, { maxLength: 30 }), (headlines) => {
        const items = headlines.map((text, index) => item(`${index}`, text));
        const stories = storiesOf(items);
        const readable = headlines.filter((text) => text !== '').length;
        expect(stories.reduce((sum, { copies }) => sum + copies + 1, 0)).toBe(readable);
        expect(new Set(stories.map((story) => story.item.id)).size).toBe(stories.length);
        expect(storiesOf(items)).toEqual(stories);
      }),
      { numRuns: 60 },
    );
  });
});

it('similarity is symmetric, one for the same words and zero for others', () => {
  const of = (text: string) => shinglesOf(wordsOf(text));
  const [a, b] = [of('one two three four'), of('one two three five')];
  expect(similarity(a, b)).toBe(1 / 3);
  expect(similarity(b, a)).toBe(1 / 3);
  expect(similarity(a, a)).toBe(1);
  expect(similarity(a, of('none of these words'))).toBe(0);
  expect(similarity(new Set(), new Set())).toBe(0);
  expect([...of('two words')]).toEqual(['two words']);
});

it.each([
  ['Reuters', 3],
  ['SEC', 3],
  ['Dow Jones', 3],
  ['https://www.reuters.com', 3],
  ['CoinTelegraph', 2],
  ['coindesk.com', 2],
  ['my blog about reuters', 1],
  ['secret source', 1],
  ['ftx insider', 1],
  ['', 1],
])('the source %j weighs %d', (source, weight) => {
  expect(sourceWeight(source)).toBe(weight);
});

describe('news_search', () => {
  const search = async (
    items: readonly NewsItem[],
    input: { hours: number; items: number } = { hours: 24, items: 5 },
  ): Promise<Extract<ToolAnswer, { ok: true }>> => {
    const market = emptyStore([s.PERP]);
    for (const one of items)
      market.apply({ kind: 'news', at: one.availableAt, item: one }, one.availableAt);
    const answer = await newsSearch.run(input, scopeOf({ market }));
    if (!answer.ok) throw new Error(answer.code);
    return answer;
  };

  it('gives each story once, its first version, with its id as evidence', async () => {
    const answer = await search([
      item('1', STORY, { body: 'More to come.' }),
      item('2', STORY, { source: 'another blog' }),
    ]);
    expect(answer.texts).toEqual([
      { id: '1', source: 'a blog', availableAt: NOW - 60_000, text: `${STORY}\nMore to come.` },
    ]);
    expect(answer.evidence).toEqual(['news:1']);
    expect(factsIn(answer)).toEqual({
      'news_search.copies': '1',
      'news_search.items': '2',
      'news_search.minutes': '1',
      'news_search.shown': '1',
      'news_search.sources': '2',
      'news_search.stories': '1',
    });
  });

  it('takes news of the coin under any of its symbols, and of the market as a whole', async () => {
    const { texts } = await search([
      item('spot', 'bitcoin spot news of the day', { symbols: [s.BTC] }),
      item('all', 'central bank leaves rates as they are', { symbols: [] }),
      item('eth', 'ether staking queue grows again', { symbols: ['ETH/USDT'] }),
    ]);
    expect(texts.map(({ id }) => id).toSorted()).toEqual(['all', 'spot']);
  });

  it('keeps to its window, to its number of stories and to a length', async () => {
    const hour = 3_600_000 as SpanMs;
    const at = (ago: number) => ({ availableAt: (NOW - ago) as TimeMs });
    const inside = await search(
      [
        item('edge', 'this came exactly one hour ago today', at(hour)),
        item('in', 'this came just within the last hour', at(hour - 1)),
      ],
      { hours: 1, items: 5 },
    );
    expect(inside.texts.map(({ id }) => id)).toEqual(['in']);
    const many = Array.from({ length: 9 }, (_, index) =>
      item(`${index}`, `another story ${index} told`),
    );
    const few = await search(many, { hours: 1, items: 4 });
    expect(few.texts).toHaveLength(4);
    expect(factsIn(few)).toMatchObject({ 'news_search.stories': '9', 'news_search.shown': '4' });
    const long = await search([item('1', 'x '.repeat(299) + '\u{1F600}')]);
    expect(long.texts[0]?.text).toHaveLength(600);
    const cut = await search([item('1', `${'x '.repeat(299)}x\u{1F600}`)]);
    expect(cut.texts[0]?.text.isWellFormed()).toBe(true);
    expect(cut.texts[0]?.text).toHaveLength(599);
  });

  it('cites only what can be cited', async () => {
    const { texts, evidence } = await search([
      item('x'.repeat(64), 'an id that is too long to be cited'),
      item('fresh', 'this came in a moment ago at once', { availableAt: (NOW - 10) as TimeMs }),
    ]);
    expect(texts).toHaveLength(2);
    expect(evidence).toEqual([]);
  });

  it('is no refusal when there is none', async () => {
    expect(await search([])).toMatchObject({ texts: [], evidence: [], asOf: NOW });
  });
});
