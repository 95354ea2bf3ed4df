/** What a person is asked about, in lines: their idea, what the agents think of it, and every rule that stands in its way. */
import { decode, formatFixed, proposalCodec, type Json } from '#firewall';
import type { DryVerdict } from '../graphs/contract.ts';
import type { Review } from '../graphs/reviewer.ts';
import { table } from './table.ts';

type Shown = Extract<Review, { kind: 'asking' }>['shown'];

const NEAREST = 6;
const INDENT = '             ';

export function shownLines(shown: Shown): readonly string[] {
  const { idea, sentiment, technical, opinion, troubles, refused, problem, verdict } = shown;
  const lines = [`idea       ${briefly(idea)}`];
  if (shown.unread.length > 0) lines.push(`not read   ${shown.unread.join(' ')}`);
  lines.push(`sentiment  ${briefly(sentiment)}`, `technical  ${briefly(technical)}`);
  lines.push(`planner    ${opinion === null ? 'no opinion' : briefly(opinion)}`);
  if (troubles.length > 0) lines.push(`troubles   ${troubles.join(', ')}`);
  if (refused !== null) lines.push(`your answer did not count: ${refused}`);
  if (problem !== null) lines.push(`no order   ${problem}`);
  const order = orderLine(shown.proposal);
  if (order !== null) lines.push(order);
  if (verdict !== null) lines.push(...verdictLines(verdict));
  return lines;
}

function orderLine(proposal: Json): string | null {
  const read = proposal === null ? null : decode(proposalCodec, proposal);
  if (read === null || !read.ok || read.value.kind !== 'order') return null;
  const { side, qty, symbol, limitPrice, stopPrice, targetPrice } = read.value;
  const at = limitPrice === null ? 'market' : formatFixed(limitPrice);
  const stop = stopPrice === null ? '' : `, stop ${formatFixed(stopPrice)}`;
  const target = targetPrice === null ? '' : `, target ${formatFixed(targetPrice)}`;
  return `order      ${side} ${formatFixed(qty)} ${symbol} at ${at}${stop}${target}`;
}

function verdictLines({ kind, codes, margins }: DryVerdict): readonly string[] {
  const head = `verdict    ${kind.toUpperCase()}${codes.length === 0 ? '' : ` (${codes.join(', ')})`}`;
  const rows =
    kind === 'refused'
      ? margins.filter(({ status }) => status === 'fail')
      : margins
          .filter(({ status, left }) => status === 'pass' && left !== null)
          .toSorted((a, b) => Math.abs(a.left ?? 0) - Math.abs(b.left ?? 0))
          .slice(0, NEAREST);
  return [
    head,
    ...table(
      rows.map(({ rule, code, observed, limit, left }) => [
        rule,
        code ?? 'near its limit',
        observed ?? 'unknown',
        `limit ${limit ?? 'unknown'}`,
        left === null || kind === 'refused' ? '' : `${(left / 10_000).toFixed(1)} % left`,
      ]),
      INDENT,
    ),
  ];
}

export function briefly(value: unknown): string {
  if (value === null || typeof value !== 'object') return '-';
  return Object.entries(value)
    .filter(([, inner]) => inner !== null)
    .map(
      ([key, inner]) =>
        `${key} ${Array.isArray(inner) ? inner.join(' ') || 'none' : JSON.stringify(inner)}`,
    )
    .join(', ');
}
