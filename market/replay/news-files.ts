/** News from files of JSON lines: minute times in UTC, midnight meaning a date without a time. */
import { DAY_MS, hashText, type SpanMs, type TimeMs } from '#firewall';
import { MarketDataError, type MarketEvent, type NewsItem } from '../contract.ts';
import { EventReplay, type Replay } from './event-replay.ts';
import { linesOf, readText } from './files.ts';

export type NewsFileOptions = Readonly<{
  /** What an item is about, by the file's own subject word; null for what has none. */
  symbolsOf: (subject: string | null) => readonly string[];
  /** What is said of the source when a line does not say it. */
  source: string;
  /** How long after publication a reader could have had it. */
  delayMs?: SpanMs;
}>;

export type ImportedNews = Readonly<{
  items: readonly NewsItem[];
  /** Rows left out for want of a headline, and rows that repeat an item above. */
  untitled: readonly number[];
  repeated: readonly number[];
}>;

const DELAY_MS = 60_000 as SpanMs;
const HEADLINE_MAX = 1_000;
const BODY_MAX = 20_000;

export const loadNews = (path: string, options: NewsFileOptions): ImportedNews =>
  readNews(readText(path), options);

export function readNews(text: string, options: NewsFileOptions): ImportedNews {
  const items = new Map<string, NewsItem>();
  const untitled: number[] = [];
  const repeated: number[] = [];
  let before = 0;
  for (const [index, line] of linesOf(text).entries()) {
    const row = index + 1;
    const fields = fieldsOf(line, row);
    const publishedAt = publishedAtOf(fields, row);
    if (publishedAt < before)
      throw new MarketDataError('TIME_UNSORTED', 'published before the line above', { row });
    before = publishedAt;
    const item = itemOf(fields, publishedAt, options);
    if (item.headline === '') untitled.push(row);
    else if (items.has(item.id)) repeated.push(row);
    else items.set(item.id, item);
  }
  return { items: [...items.values()], untitled, repeated };
}

export function replayNews(items: readonly NewsItem[]): Replay {
  const events = items
    .map((item): MarketEvent => ({ kind: 'news', at: item.availableAt, item }))
    .toSorted((one, other) => one.at - other.at);
  return new EventReplay([], events);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(line: string, row: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new MarketDataError('LINE_INVALID', 'not JSON', { row, cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MarketDataError('LINE_INVALID', 'not an object', { row });
  return value as Fields;
}

function publishedAtOf(fields: Fields, row: number): TimeMs {
  const text = fields['published_utc'];
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
  const time = typeof text === 'string' && form.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isSafeInteger(time) || time < 0)
    throw new MarketDataError('TIME_INVALID', 'published_utc is no time', { row });
  return time as TimeMs;
}

function itemOf(fields: Fields, publishedAt: TimeMs, options: NewsFileOptions): NewsItem {
  const headline = textOf(fields['title'], HEADLINE_MAX);
  const body = textOf(fields['text'] ?? fields['description'], BODY_MAX);
  const subject = fields['subject'];
  const source = textOf(fields['source'], 200);
  // At midnight sharp the time is not known, only the date: it waits until that day is over.
  const dated = publishedAt % DAY_MS === 0;
  const wait = dated ? DAY_MS : (options.delayMs ?? DELAY_MS);
  return {
    id: hashText(`${publishedAt}\n${source}\n${headline}`).slice(0, 24),
    headline,
    body,
    source: source === '' ? options.source : source,
    symbols: options.symbolsOf(typeof subject === 'string' ? subject : null),
    publishedAt,
    availableAt: (publishedAt + wait) as TimeMs,
  };
}

/** Ill-formed text is repaired, not trusted: a lone surrogate cannot be hashed or sent. */
const textOf = (value: unknown, lengthMax: number): string =>
  typeof value === 'string' ? value.slice(0, lengthMax).toWellFormed().trim() : '';
