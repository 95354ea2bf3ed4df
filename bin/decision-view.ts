/** One decision as a person reads it: what was seen, what each voice said, what came of it, and what it cost. */
import { canonicalText, formatFixed, RULES, type Json, type Verdict } from '#firewall';
import type { AgentCall, Contribution, Transcript } from '../agents/contract.ts';
import type { Decision } from '../graphs/contract.ts';
import { checkJson, shown } from './commands/firewall-values.ts';
import { leftOf } from './dry-verdict.ts';
import { table } from './table.ts';

/** Limits shown of a verdict that passes: those with the least left. */
const NEAREST = 5;
const FACTS_SHOWN = 12;

export type ViewOptions = Readonly<{
  /** Every fact, and not only those that were cited. */
  whole: boolean;
}>;

export function decisionLines(
  { transcript, proposal, end }: Decision,
  verdict: Verdict | null,
  { whole }: ViewOptions,
): readonly string[] {
  const { desk, symbol, at, id } = transcript;
  const when = new Date(at).toISOString().replace('T', ' ').slice(0, 19);
  const lines = [`decision ${id.slice(0, 8)} · ${desk} · ${symbol} · ${when} UTC`];
  lines.push(...evidenceLines(transcript, whole));
  lines.push(...voiceLines(transcript));
  lines.push(...costLines(transcript));
  if (proposal === null) {
    lines.push(
      `no order   ${end.kind === 'none' ? `${end.code} (said by ${end.by})` : ''}`.trimEnd(),
    );
    return lines;
  }
  const price = proposal.limitPrice === null ? 'market' : formatFixed(proposal.limitPrice);
  const stop = proposal.stopPrice === null ? '' : `, stop ${formatFixed(proposal.stopPrice)}`;
  const target =
    proposal.targetPrice === null ? '' : `, target ${formatFixed(proposal.targetPrice)}`;
  const by = end.kind === 'propose' ? end.by : 'house';
  lines.push(
    `order      ${proposal.side} ${formatFixed(proposal.qty)} ${symbol} at ${price}${stop}${target} (by the ${by} agent)`,
  );
  if (verdict !== null) lines.push(...verdictLines(verdict));
  return lines;
}

type Facts = readonly Readonly<{ name: string; value: string; unit: string }>[];

function evidenceLines({ evidence, technical }: Transcript, whole: boolean): readonly string[] {
  const seen = evidence as Readonly<{
    facts?: Facts;
    levels?: Facts;
    calls?: readonly CallSeen[];
  }> | null;
  if (seen === null) return ['evidence   none'];
  const { facts = [], levels = [], calls = [] } = seen;
  const refused = calls.flatMap(({ tool, answer }) =>
    answer.ok ? [] : [`${tool} ${answer.code}`],
  );
  const missing = refused.length === 0 ? '' : `; without ${refused.join(', ')}`;
  const head = `evidence   ${facts.length} facts of ${calls.length - refused.length} tools, ${levels.length} price levels${missing}`;
  const cited = new Set((technical as Readonly<{ cites?: readonly string[] }> | null)?.cites ?? []);
  const shownFacts = whole
    ? facts
    : facts.filter(({ name }) => cited.has(name)).slice(0, FACTS_SHOWN);
  return [
    head,
    ...table(
      shownFacts.map(({ name, value, unit }) => [name, value, unit]),
      '             ',
    ),
  ];
}

type CallSeen = Readonly<{ tool: string; answer: Readonly<{ ok: boolean; code?: string }> }>;

const percent = (millionths: number): string => (millionths / 1_000_000).toFixed(2);

function voiceLines({
  sentiment,
  technical,
  plan,
  contributions,
  troubles,
}: Transcript): readonly string[] {
  const said = (voice: string, value: Json): string =>
    `${voice.padEnd(10)} ${value === null ? '-' : briefly(value)}${shareOf(voice, contributions)}`;
  const lines = [
    said('sentiment', sentiment),
    said('technical', technical),
    `planner    ${plan === null ? '-' : briefly(plan)}`,
  ];
  if (troubles.length > 0) lines.push(`troubles   ${troubles.join(', ')}`);
  return lines;
}

function shareOf(voice: string, contributions: readonly Contribution[]): string {
  const own = contributions.find((contribution) => contribution.voice === voice);
  return own === undefined ? '' : `  [signal ${percent(own.signal)} × ${percent(own.weight)}]`;
}

function briefly(value: Json): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return canonicalText(value);
  return Object.entries(value)
    .map(
      ([key, inner]) =>
        `${key} ${Array.isArray(inner) ? inner.join(' ') || 'none' : canonicalText(inner)}`,
    )
    .join(', ');
}

function costLines({ calls }: Transcript): readonly string[] {
  if (calls.length === 0) return ['model      not asked'];
  const sum = (of: (call: AgentCall) => number): number =>
    calls.reduce((total, call) => total + of(call), 0);
  const read = sum(({ metrics }) => metrics?.promptTokens ?? 0);
  const written = sum(({ metrics }) => metrics?.answerTokens ?? 0);
  const took = sum(({ metrics }) => metrics?.totalMs ?? 0);
  const repairs = calls.filter(({ repair }) => repair).length;
  const bad = calls.filter(({ code }) => code !== null).length;
  const [first] = calls;
  const model = `${first?.identity.runtime ?? '?'} ${first?.identity.model ?? '?'}`;
  return [
    `model      ${model}: ${calls.length} calls (${repairs} repairs, ${bad} bad), ${read} tokens read, ${written} written, ${Math.round(took)} ms in all`,
  ];
}

export function verdictLines(verdict: Verdict): readonly string[] {
  const most = verdict.maxQty === null ? 'not bounded' : formatFixed(verdict.maxQty);
  const why =
    verdict.kind === 'approved'
      ? `mode ${verdict.mode}`
      : (verdict.kind === 'held' ? verdict.because : verdict.codes).join(', ');
  const head = `verdict    ${verdict.kind.toUpperCase()} (${why}); largest quantity that passes ${most}`;
  return [head, ...table(nearest(verdict), '             ')];
}

/** What failed; or, where nothing did, the limits that are nearest. */
function nearest({ checks, kind }: Verdict): readonly (readonly string[])[] {
  const rows = checks.flatMap((check, index) => {
    const rule = RULES[index];
    if (rule === undefined || check.status === 'na') return [];
    if (kind === 'refused') return check.status === 'fail' ? [{ check, rule, left: 0 }] : [];
    const left = leftOf(rule, check);
    return left === null ? [] : [{ check, rule, left: Math.abs(left) }];
  });
  return rows
    .toSorted((a, b) => a.left - b.left)
    .slice(0, kind === 'refused' ? rows.length : NEAREST)
    .map(({ check, rule }) => [
      check.rule,
      check.code ?? rule.name,
      shown(check.observed, rule.unit),
      `limit ${shown(check.limit, rule.unit)}`,
      check.note ?? '',
    ]);
}

/** A verdict with every rule, as JSON. */
export const verdictJson = (verdict: Verdict): Json => ({
  kind: verdict.kind,
  reasons:
    verdict.kind === 'held' ? verdict.because : verdict.kind === 'refused' ? verdict.codes : [],
  reducing: verdict.reducing,
  maxQty: verdict.maxQty === null ? null : formatFixed(verdict.maxQty),
  checks: verdict.checks.flatMap((check, index) => {
    const rule = RULES[index];
    return rule === undefined ? [] : [checkJson(check, rule)];
  }),
});
