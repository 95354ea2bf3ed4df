/** A policy for desks that churn on purpose: every rule about size, price, data and state stays as shipped. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SHIPPED_POLICY } from '../../infra/policy-file.ts';

/** The shipped policy with everything widened that speaks about haste, habit and the day's totals. */
export function tempoFree(strategies: readonly string[]): unknown {
  const policy = parse(readFileSync(SHIPPED_POLICY, 'utf8')) as {
    hold: Record<string, unknown>;
    rules: Record<string, Record<string, unknown>>;
  };
  const wide = /^(?:A10|B6|E5|E11|F6|F7|F8|F10|F11|F13|F15|F16|F17|F19|F20|F21|G7|I2|I3|E21|C13)-/;
  for (const [section, limits] of Object.entries(policy.rules))
    if (wide.test(section))
      for (const [key, value] of Object.entries(limits))
        if (key !== 'why') limits[key] = widened(key, value);
  const routes = policy.rules['B12-routing']?.['routes'] as { strategies: string[] }[];
  for (const route of routes) route.strategies.push(...strategies);
  Object.assign(policy.rules['E11-entries-per-position'] ?? {}, { mayAverageDown: strategies });
  return policy;
}

/** A larger count, a shorter wait. */
function widened(key: string, value: unknown): unknown {
  if (typeof value === 'number') return 1_000_000_000;
  if (/window|after|lockFor|before/i.test(key) && typeof value === 'string') return '1 ms';
  if (typeof value === 'string' && value.endsWith('%')) return '100 %';
  if (typeof value === 'string' && value.endsWith('bps'))
    return key === 'marginMin' ? '0 bps' : '10000 bps';
  if (typeof value === 'string' && /^\d+ (?:ms|s|min|h|d)$/.test(value)) return '300 d';
  return value;
}
