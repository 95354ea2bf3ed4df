/** Commands: a closed shape, a human's name, and an age. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMailbox } from '../../gate/command-files.ts';
import { COMMAND_AGE_MAX, COMMAND_TEXT_MAX, decodeCommand } from '../../gate/commands.ts';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { World } from './world.ts';

const halt = { kind: 'halt', by: 'ada', reason: 'lunch', at: NOW, scope: 'global', key: '*' };
const good = { ...halt, state: 'HALTED' };

describe('decoding', () => {
  const bad: [string, unknown][] = [
    ['an unknown kind', { ...good, kind: 'buy' }],
    ['an unknown key', { ...good, force: true }],
    ['a missing reason', { ...good, reason: undefined }],
    ['an empty reason', { ...good, reason: '' }],
    ['no name', { ...good, by: '' }],
    ["a machine's name", { ...good, by: 'Gate' }],
    ['loosening by a halt', { ...good, state: 'ACTIVE' }],
    ['an unknown scope', { ...good, scope: 'world' }],
    ['a list', [good]],
  ];
  test.each(bad)('%s is refused and noted', (_what, value) => {
    expect(decodeCommand(JSON.stringify(value)).ok).toBe(false);
    const world = new World();
    world.gate.receiveCommand(JSON.stringify(value));
    expect(world.events('noted')).toMatchObject([{ code: 'COMMAND_MALFORMED' }]);
    expect(world.events('latched')).toEqual([]);
  });

  test('the same one without the flaw is taken', () => {
    expect(decodeCommand(JSON.stringify(good)).ok).toBe(true);
    expect(decodeCommand(JSON.stringify(good).padEnd(COMMAND_TEXT_MAX + 1)).ok).toBe(false);
  });

  test.each([
    [COMMAND_AGE_MAX, true],
    [COMMAND_AGE_MAX + 1, false],
    [-60_000, true],
    [-60_001, false],
  ])('said %i ms ago: taken is %s', (age, taken) => {
    const world = new World();
    const { scope, key, by, reason } = halt;
    const resume = { kind: 'resume', by, reason, at: world.now - age, scope, key };
    world.gate.receiveCommand(JSON.stringify(resume));
    expect(world.events('resumed').length === 1).toBe(taken);
    expect(world.events('noted').length === 0).toBe(taken);
  });

  test.each([86_400_000, -86_400_000])('a halt said %i ms ago still halts', (age) => {
    const world = new World();
    world.gate.receiveCommand(JSON.stringify({ ...good, at: world.now - age }));
    expect(world.gate.fold.controls.latch('global', '*')?.state).toBe('HALTED');
  });

  test('an arm is for this account and has an end ahead', () => {
    const arm = { network: 'main', account: 'main', by: 'x', expiresAt: NOW + 1 };
    for (const [change, taken] of [
      [{}, true],
      [{ account: 'other' }, false],
      [{ expiresAt: NOW }, false],
    ] as const) {
      const world = new World();
      const text = { kind: 'arm', by: 'ada', reason: 'go', at: NOW, arm: { ...arm, ...change } };
      world.gate.receiveCommand(JSON.stringify(text));
      // Whoever sent the command is the one who armed.
      expect(world.events('armed')).toMatchObject(taken ? [{ arm: { by: 'ada' } }] : []);
    }
  });
});

describe('the mailbox', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-mailbox-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('what cannot be read or moved is taken once, and is not the end of the gate', () => {
    const mailbox = openMailbox(folder);
    const commands = join(folder, 'commands');
    mkdirSync(join(commands, '1.json'));
    symlinkSync(join(folder, 'nowhere'), join(commands, '2.json'));
    symlinkSync('/dev/zero', join(commands, '3.json'));
    // A folder of that name is there already, so that this one cannot be moved.
    mkdirSync(join(commands, 'done', '1.json', 'x'), { recursive: true });
    expect(mailbox.waiting()).toEqual(['1.json', '2.json', '3.json']);
    for (const name of mailbox.waiting()) {
      expect(mailbox.read(name)).toBe('');
      mailbox.done(name);
    }
    expect(mailbox.waiting()).toEqual([]);
    expect(mailbox.read('gone.json')).toBe('');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'HALT'));
    expect(mailbox.haltFile()).toBe(true);
  });

  test('gives commands in order, once each, and sees the HALT file', () => {
    const mailbox = openMailbox(folder);
    expect(mailbox.haltFile()).toBe(false);
    writeFileSync(join(folder, 'HALT'), '');
    expect(mailbox.haltFile()).toBe(true);
    writeFileSync(join(folder, 'commands', '2.json'), 'two');
    writeFileSync(join(folder, 'commands', '1.json'), 'one');
    writeFileSync(join(folder, 'commands', 'notes.txt'), 'no');
    writeFileSync(join(folder, 'commands', '3.json'), 'x'.repeat(COMMAND_TEXT_MAX + 1));
    expect(mailbox.waiting()).toEqual(['1.json', '2.json', '3.json']);
    expect(mailbox.read('1.json')).toBe('one');
    expect(mailbox.read('3.json')).toBe('');
    mailbox.done('1.json');
    expect(mailbox.waiting()).toEqual(['2.json', '3.json']);
    expect(existsSync(join(folder, 'commands', 'done', '1.json'))).toBe(true);
  });
});
