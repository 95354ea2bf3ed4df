/** The four firewall commands: what they print, what they refuse, and how they end. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES, SIGNER_ROWS } from '#firewall';
import { parse, UsageError, type Command } from '../../../bin/command.ts';
import { COMMANDS } from '../../../bin/commands.ts';
import { SHIPPED_POLICY } from '../../../infra/policy-file.ts';

const cwd = mkdtempSync(join(tmpdir(), 'airlock-firewall-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(cwd, name), text);
  return name;
};

async function airlock(line: string, ...more: string[]) {
  const [family = '', verb = '', ...args] = [...line.split(' '), ...more];
  const command: Command | undefined = await COMMANDS[`${family} ${verb}`]?.load();
  if (command === undefined) throw new Error(`no command ${family} ${verb}`);
  const { values, positionals } = parse(command, args);
  const lines: string[] = [];
  const code = await command.run(positionals, values, {
    out: (text) => lines.push(...text.split('\n')),
    err: (text) => lines.push(text),
    env: {},
    cwd,
    signal: new AbortController().signal,
    terminal: false,
  });
  return { code, lines, text: lines.join('\n') };
}
const problem = (line: string, ...more: string[]) =>
  airlock(line, ...more).catch((error: unknown) => error as UsageError);
const objects = (lines: readonly string[]) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

const judging = RULES.filter((rule) => rule.notApplicable === null);

describe('firewall rules', () => {
  test('lists every row of both doors', async () => {
    const { code, lines } = await airlock('firewall rules --json');
    expect(code).toBe(0);
    expect(objects(lines).map(({ id }) => id)).toEqual(
      [...RULES, ...SIGNER_ROWS].map(({ id }) => id),
    );
  });

  test('for humans: the policy, the limits, the reasons of what does not apply', async () => {
    const { text } = await airlock('firewall rules');
    expect(text).toMatch(/^policy starter v1 {2}[0-9a-f]{16}/);
    expect(text).toMatch(/E2 +ORDER_NOTIONAL_ABOVE_MAX +notionalMax: 5000/);
    expect(text).toMatch(/F12 .*not applicable: /);
    expect(text).toContain(`${RULES.length + SIGNER_ROWS.length} rows`);
  });

  test('one family only', async () => {
    const { lines } = await airlock('firewall rules --json --family b');
    expect(objects(lines).map(({ id }) => id)).toEqual(
      Array.from({ length: 12 }, (_, index) => `B${index + 1}`),
    );
    expect(await problem('firewall rules --family Z')).toMatchObject({ code: 'FAMILY_UNKNOWN' });
  });
});

describe('firewall prove', () => {
  test('every rule bites under the shipped policy', async () => {
    const { code, lines } = await airlock('firewall prove --json');
    expect(code).toBe(0);
    const rows = objects(lines);
    expect(rows.map(({ rule }) => rule)).toEqual(judging.map(({ id }) => id));
    for (const row of rows) expect(row).toMatchObject({ bites: true });
  });

  test('chosen rules, under a stricter policy', async () => {
    const policy = readFileSync(SHIPPED_POLICY, 'utf8').replace(/ageMax: .60 s./, 'ageMax: 7 s');
    const strict = file('strict.yaml', policy);
    const { code, text } = await airlock('firewall prove a7 E2 --policy', strict);
    expect(code).toBe(0);
    expect(text).toContain('2 rules, 2 bite, 0 do not.');
    const [row] = objects((await airlock('firewall prove A7 --json --policy', strict)).lines);
    expect(row).toMatchObject({ passing: { observed: 7_000, limit: 7_000 } });
  });

  test('a rule that does not exist', async () => {
    expect(await problem('firewall prove Z9')).toMatchObject({ code: 'RULE_UNKNOWN' });
  });
});

describe('firewall check', () => {
  const example = async (): Promise<Record<string, unknown>> =>
    objects((await airlock('firewall check --example')).lines)[0] ?? {};

  test('the example is a case that is approved', async () => {
    const name = file('case.json', JSON.stringify(await example()));
    const { code, text } = await airlock('firewall check', name);
    expect(code).toBe(0);
    expect(text).toContain('APPROVED  mode auto');
    for (const { id } of judging) expect(text).toMatch(new RegExp(`^(pass|-) +${id} `, 'm'));
  });

  test('a proposal is judged on the example market, whenever it was made', async () => {
    const { proposal } = (await example()) as { proposal: Record<string, unknown> };
    const moved = { createdAt: 1_000, basisAt: 0 };
    const good = file('good.json', JSON.stringify({ ...proposal, ...moved }));
    expect((await airlock('firewall check', good)).code).toBe(0);
    const bad = file('bad.json', JSON.stringify({ ...proposal, ...moved, qty: '3' }));
    const { code, text } = await airlock('firewall check --failed', bad);
    expect(code).toBe(1);
    expect(text).toMatch(/FAIL +E2 +ORDER_NOTIONAL_ABOVE_MAX +180000 +5000 +-175000 +0\.08333333/);
    expect(text).not.toMatch(/^pass/m);
  });

  test('as JSON: reasons, margins, the largest quantity, and a hash that is stable', async () => {
    const { proposal } = (await example()) as { proposal: Record<string, unknown> };
    const name = file('large.json', JSON.stringify({ ...proposal, qty: '3' }));
    const [verdict] = objects((await airlock('firewall check --json', name)).lines);
    expect(verdict).toMatchObject({ kind: 'refused', maxQty: '0.08333333', reducing: false });
    expect(verdict?.['reasons']).toContain('ORDER_NOTIONAL_ABOVE_MAX');
    const checks = verdict?.['checks'] as Record<string, unknown>[];
    expect(checks.find(({ rule }) => rule === 'E2')).toMatchObject({
      observed: '180000',
      limit: '5000',
      margin: '-175000',
    });
    const [again] = objects((await airlock('firewall check --json', name)).lines);
    expect(again).toEqual(verdict);
  });

  test('a cancel is judged, and a recorded case keeps its own policy unless told otherwise', async () => {
    const whole = await example();
    const { id, createdAt, provenance, account, venue, network, symbol } = whole[
      'proposal'
    ] as Record<string, unknown>;
    const cancel = { kind: 'cancel', id, createdAt, provenance, account, venue, network, symbol };
    const name = file('cancel.json', JSON.stringify({ ...cancel, target: 'order-1' }));
    expect((await airlock('firewall check', name)).code).toBe(0);
    const strict = readFileSync(SHIPPED_POLICY, 'utf8').replace(
      'notionalMax: 5000',
      'notionalMax: 5',
    );
    const recorded = file('recorded.json', JSON.stringify(whole));
    expect((await airlock('firewall check', recorded)).code).toBe(0);
    const told = await airlock('firewall check', recorded, '--policy', file('five.yaml', strict));
    expect(told.code).toBe(1);
    expect(told.text).toContain('ORDER_NOTIONAL_ABOVE_MAX');
  });

  test.each<[string, string | null, string]>([
    ['absent.json', null, 'FILE_UNREADABLE'],
    ['broken.json', '{', 'FILE_NOT_JSON'],
    ['half.json', '{"kind":"order"}', 'FILE_MALFORMED'],
    ['half-case.json', '{"proposal":{}}', 'FILE_MALFORMED'],
  ])('%s is refused in words', async (name, text, code) => {
    if (text !== null) file(name, text);
    const error = await problem('firewall check', name);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code });
  });

  test('no file, or two, is a wrong usage; a broken policy says where', async () => {
    expect(await problem('firewall check')).toMatchObject({ code: 'USAGE_INVALID' });
    expect(await problem('firewall check a b')).toMatchObject({ code: 'USAGE_INVALID' });
    const broken = file('broken.yaml', 'name: starter\n');
    expect(await problem('firewall check a --policy', broken)).toMatchObject({
      code: 'POLICY_INVALID',
    });
  });
});

describe('firewall explain', () => {
  test.each([
    'A7',
    'a7',
    'proposal-age',
    'PROPOSAL_EXPIRED',
    'PROPOSAL_EXPIRED_INPUT_MISSING',
    'proposal_expired_check_threw',
  ])('%s: limits, reason and a case on either side', async (word) => {
    const { code, text } = await airlock('firewall explain', word);
    expect(code).toBe(0);
    expect(text).toContain('A7  PROPOSAL_EXPIRED   (A: proposal integrity)');
    expect(text).toContain('ageMax: 1 min');
    expect(text).toMatch(/pass +A7 .* 60000 ms +60000 ms +0 ms/);
    expect(text).toMatch(/FAIL +A7 .* 60001 ms +60000 ms +-1 ms/);
  });

  test('rows of the signer, rows that do not apply, and codes of no rule', async () => {
    expect((await airlock('firewall explain J1')).text).toContain('Done in firewall/approval.ts');
    expect((await airlock('firewall explain F12')).text).toContain('Not applicable: ');
    expect((await airlock('firewall explain case_malformed')).text).toContain('CASE_MALFORMED: ');
    const [row] = objects((await airlock('firewall explain E2 --json')).lines);
    expect(row).toMatchObject({
      id: 'E2',
      passing: { status: 'pass' },
      refusing: { status: 'fail' },
    });
    const [held] = objects((await airlock('firewall explain MODE_REVIEW --json')).lines);
    expect(held).toMatchObject({ code: 'MODE_REVIEW', rule: null });
  });

  test('what is no rule and no code', async () => {
    expect(await problem('firewall explain NOTHING')).toMatchObject({ code: 'RULE_UNKNOWN' });
    expect(await problem('firewall explain')).toMatchObject({ code: 'USAGE_INVALID' });
  });

  test('rules are found by id and by code', async () => {
    for (const { id, code } of RULES.filter((_, index) => index % 8 === 0)) {
      const byId = (await airlock('firewall explain --json', id)).lines;
      expect(byId).toHaveLength(1);
      expect((await airlock('firewall explain --json', code)).lines).toContain(byId[0]);
    }
  });
});
