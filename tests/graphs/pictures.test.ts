/** The pictures in the documentation are those of the graphs that run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Ppm, SpanMs } from '#firewall';
import { HOUSE_CODES } from '../../graphs/contract.ts';
import { decideGraph } from '../../graphs/decide.ts';
import { reviewGraph } from '../../graphs/review.ts';
import { deskOf } from './desk.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/graphs.md'), 'utf8');
const pictures = [...page.matchAll(/```mermaid\n([^]*?)\n```/g)].map(([, picture]) => picture);

const { ports } = deskOf();
const graphs = [
  decideGraph(ports),
  reviewGraph(
    {
      ...ports,
      approval: { ageMsMax: 0 as SpanMs, driftMax: 0 as Ppm },
      dryJudge: () => Promise.resolve({ kind: 'held', codes: [], margins: [] }),
      submit: () => Promise.resolve({ ok: true }),
      newId: () => '',
    },
    { saver: null },
  ),
];

test.each([
  [0, 'decide'],
  [1, 'review'],
])(
  'picture %i is that of %s; where it is stale, copy this one into docs/graphs.md',
  async (index) => {
    const drawn = (await graphs[index]?.getGraphAsync())?.drawMermaid({ withStyles: false });
    expect(pictures[index]).toBe(drawn?.trim());
  },
);

test('the page names every code with which the house ends a decision', () => {
  for (const code of HOUSE_CODES) expect(page).toContain(`\`${code}\``);
});
