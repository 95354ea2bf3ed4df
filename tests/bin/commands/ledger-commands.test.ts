/** audit verify, capsule show and capsule replay, on a data directory with one day's ledger. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { command as auditVerify } from '../../../bin/commands/audit-verify.ts';
import { command as capsuleReplay } from '../../../bin/commands/capsule-replay.ts';
import { command as capsuleShow } from '../../../bin/commands/capsule-show.ts';
import { UsageError, type Command } from '../../../bin/command.ts';
import { NOW } from '../../../firewall/proofs/amounts.ts';
import { openAnchorFile } from '../../../ledger/head-anchor.ts';
import { anchorPath } from '../../../ledger/ledger.ts';
import { dayOf, Drive } from '../../gate/scenario.ts';

const data = mkdtempSync(join(tmpdir(), 'airlock-data-'));
const ledger = join(data, 'ledger', 'main.ledger');
const { inputs, first } = dayOf(NOW);
const { disk } = new Drive().run(inputs, []).drain().world;
mkdirSync(join(data, 'ledger'));
const write = (lines: readonly string[]): void =>
  writeFileSync(ledger, lines.map((line) => `${line}\n`).join(''));

beforeEach(() => {
  write(disk.lines);
  const anchor = openAnchorFile(anchorPath(ledger));
  if (disk.head !== null) anchor.write(disk.head);
  anchor.close();
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

async function run(command: Command, positionals: readonly string[], options = {}) {
  const out: string[] = [];
  const io = {
    out: (line: string) => out.push(line),
    err: () => {},
    env: {},
    cwd: data,
    signal: new AbortController().signal,
    terminal: false,
  };
  const code = await command.run(positionals, { data, ...options }, io);
  return { code, text: out.join('\n') };
}

describe('audit verify', () => {
  test('a sound ledger', async () => {
    const { code, text } = await run(auditVerify, []);
    expect(code).toBe(0);
    expect(text).toContain(`${disk.lines.length} entries chained`);
    const json = await run(auditVerify, [ledger], { json: true });
    expect(JSON.parse(json.text)).toMatchObject({ sound: true, fault: null, rolledBack: null });
  });

  test('one changed letter fails with where and what', async () => {
    write(disk.lines.with(2, (disk.lines[2] ?? '').replace('deposit', 'deposjt')));
    const { code, text } = await run(auditVerify, []);
    expect(code).toBe(1);
    expect(text).toContain('entry 3: LEDGER_CORRUPT');
  });

  test('an end that is missing fails, and so does a missing anchor', async () => {
    write(disk.lines.slice(0, -1));
    expect(await run(auditVerify, [])).toMatchObject({ code: 1 });
    expect((await run(auditVerify, [])).text).toContain('LEDGER_ROLLED_BACK');
    write(disk.lines);
    rmSync(anchorPath(ledger));
    expect((await run(auditVerify, [], { json: true })).code).toBe(1);
  });

  test('no ledger is said with what to do', async () => {
    await expect(
      (async () => run(auditVerify, [], { data: join(data, 'nowhere') }))(),
    ).rejects.toBeInstanceOf(UsageError);
  });
});

describe('capsules', () => {
  test('show, write, replay; and a changed one does not replay', async () => {
    const file = join(data, 'one.json');
    const shown = await run(capsuleShow, [first.id], { out: file });
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.text).toContain('APPROVED');
    expect(shown.text).toContain('filled 0.01 at 60000');
    expect(await run(capsuleReplay, [file])).toMatchObject({ code: 0 });
    const text = readFileSync(file, 'utf8');
    expect((await run(capsuleShow, [first.id], { json: true })).text).toBe(text.trim());
    writeFileSync(file, text.replace('"status":"trading"', '"status":"halted"'));
    const changed = await run(capsuleReplay, [file], { json: true });
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.text)).toMatchObject({ same: false });
    expect((await run(capsuleReplay, [file])).text).toContain('differs at market');
  });

  test('the first digits of an id do not choose among several decisions', async () => {
    const error = await run(capsuleShow, [first.id.slice(0, -1)]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'DECISION_AMBIGUOUS' });
  });

  test('of two ledgers one has to be named', async () => {
    const other = join(data, 'ledger', 'other.ledger');
    writeFileSync(other, '');
    await expect((async () => run(capsuleShow, [first.id]))()).rejects.toBeInstanceOf(UsageError);
    expect(await run(capsuleShow, [first.id], { account: 'main' })).toMatchObject({ code: 0 });
    expect(await run(capsuleShow, [first.id], { ledger })).toMatchObject({ code: 0 });
    rmSync(other);
  });

  test.each([
    ['no id', capsuleShow, []],
    ['an unknown id', capsuleShow, ['nothing']],
    ['no file', capsuleReplay, []],
    ['a file that is not there', capsuleReplay, [join(data, 'none.json')]],
    ['a file that is no capsule', capsuleReplay, [ledger]],
  ] as const)('%s is wrong usage', async (_what, command, positionals) => {
    await expect((async () => run(command, positionals))()).rejects.toBeInstanceOf(UsageError);
  });
});
