/** How the firewall commands print a value, a limit, and one check of a verdict. */
import {
  checkCodec,
  formatFixed,
  marginOf,
  RULES,
  type Check,
  type Json,
  type Rule,
  type Unit,
  type Value,
} from '#firewall';

const RATIO_DECIMALS = 4;
const ratio = (ppm: number): string => `${Number((ppm / 10_000).toFixed(RATIO_DECIMALS))} %`;

/** An observed value or a limit, in the unit of its rule. */
export function shown(value: Value, unit: Unit): string {
  if (value === null) return '-';
  if (typeof value === 'bigint') return formatFixed(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string')
    return /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : value;
  if (unit === 'ppm') return ratio(value);
  return unit === 'ms' ? `${value} ms` : `${value}`;
}

/** Limits on one line, as the policy file spells them. */
export function limitsText(limits: Readonly<Record<string, Json>>): string {
  const parts = Object.entries(limits).map(([key, value]) => `${key}: ${brief(value)}`);
  return parts.length === 0 ? 'no limit to set' : parts.join(' · ');
}

function brief(value: Json): string {
  if (value === null || typeof value !== 'object') return `${value}`;
  if (Array.isArray(value)) return `[${value.map(brief).join(', ')}]`;
  const { default: most, by, ...rest } = value as { readonly [key: string]: Json };
  if (most !== undefined && by !== undefined && Object.keys(rest).length === 0)
    return JSON.stringify(by) === '{}' ? brief(most) : `${brief(most)} but ${brief(by)}`;
  const parts = Object.entries(value).map(([key, inner]) => `${key} ${brief(inner)}`);
  return `{${parts.join(', ')}}`;
}

export const ruleOf = (id: string): Rule | null => RULES.find((rule) => rule.id === id) ?? null;

/** The cells of one check: mark, row, name or code, observed, limit, margin, largest quantity, note. */
export function checkCells(check: Check, rule: Rule): readonly string[] {
  const mark = { pass: 'pass', fail: 'FAIL', na: '-' }[check.status];
  const margin = marginOf(rule, check);
  return [
    mark,
    check.rule,
    check.code ?? rule.name,
    shown(check.observed, rule.unit),
    shown(check.limit, rule.unit),
    shown(margin, rule.unit),
    check.maxQty === null ? '-' : formatFixed(check.maxQty),
    [check.note, check.retryAfterMs === null ? null : `ask again in ${check.retryAfterMs} ms`]
      .filter((part) => part !== null)
      .join('; '),
  ];
}
export const CHECK_HEAD = [
  'answer',
  'row',
  'rule or code',
  'observed',
  'limit',
  'margin',
  'largest qty',
  'note',
] as const;

/** One check as JSON: what the wire has, with its margin. */
export function checkJson(check: Check, rule: Rule): Json {
  const margin = marginOf(rule, check);
  return {
    ...(checkCodec.write(check) as { readonly [key: string]: Json }),
    margin: typeof margin === 'bigint' ? formatFixed(margin) : margin,
  };
}
