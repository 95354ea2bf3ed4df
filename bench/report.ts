/** How figures are printed: a table for people, one JSON object a line for machines. */
import type { Figure } from './contract.ts';

export type Row = Figure & Readonly<{ area: string }>;

const HEAD = ['', 'value', 'unit', 'floor', '× floor', 'target', ''] as const;

/** Four significant digits with thousands separators: enough to compare, too few to suggest precision. */
export function plain(value: number | undefined): string {
  if (value === undefined) return '';
  if (!Number.isFinite(value)) return String(value);
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 12 });
}

const mark = (ok: boolean | undefined): string => (ok === undefined ? '' : ok ? 'ok' : 'missed');

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    plain(row.value),
    row.unit,
    plain(row.floor),
    row.ratio === undefined ? '' : row.ratio.toFixed(row.ratio < 10 ? 2 : 1),
    plain(row.target),
    mark(row.ok),
  ]);
  const all = [[...HEAD], ...cells];
  const widths = HEAD.map((_, column) =>
    Math.max(...all.map((line) => (line[column] ?? '').length)),
  );
  const isText = (column: number): boolean => [0, 2, 6].includes(column);
  return all
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isText(column) ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function jsonLine({ area, name, value, unit, floor, ratio, target, ok }: Row): string {
  const fields = { floor: floor ?? null, ratio: ratio ?? null, target: target ?? null };
  return JSON.stringify({ area, name, value, unit, ...fields, ok: ok ?? null });
}
