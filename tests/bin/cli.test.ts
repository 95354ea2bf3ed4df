/** The command line from outside: help, what it refuses, in words and as JSON, and how it ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../bin/commands.ts';
import { airlock } from './command-line.ts';

const cwd = mkdtempSync(join(tmpdir(), 'airlock-cli-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const failure = (line: string): unknown => JSON.parse(line);

describe('help', () => {
  test('names every command', () => {
    const { status, out, err } = airlock(cwd, '--help');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`  ${name} `);
  });

  test('keeps what an option is called apart from what it is for', () => {
    const { status, out } = airlock(cwd, 'up', '--help');
    expect(status).toBe(0);
    expect(out).toMatch(/--restart-ms-max VALUE +longest wait/);
  });
});

describe('what it does not know', () => {
  test('a command', () => {
    const { status, out, err } = airlock(cwd, 'wat');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toBe(
      'COMMAND_UNKNOWN: airlock has no command "wat"\n  → airlock --help lists them\n',
    );
  });

  test('half a command names the other halves', () => {
    const { status, err } = airlock(cwd, 'capsule', '--json');
    expect(status).toBe(2);
    expect(failure(err)).toMatchObject({
      code: 'COMMAND_UNKNOWN',
      hint: 'one of: capsule replay, capsule show',
    });
  });

  test('an option, in a sentence of its own', () => {
    const { status, err } = airlock(cwd, 'status', '--wat', '--json');
    expect(status).toBe(2);
    expect(failure(err)).toEqual({
      code: 'USAGE_INVALID',
      message: "Unknown option '--wat'",
      hint: 'airlock status --help',
    });
  });
});

test('a status without a house', () => {
  const { status, out, err } = airlock(cwd, 'status', '--json');
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(failure(err)).toMatchObject({ code: 'HOUSE_MISSING', hint: 'airlock up, or --data DIR' });
});

describe('up does not start', () => {
  test('on a broken configuration, and names all that is wrong', () => {
    const data = join(cwd, 'broken');
    mkdirSync(data);
    writeFileSync(join(data, 'config.yaml'), 'cash: -5\nbogus: 1\npreset: calmm\nsymbols: []\n');
    const { status, out, err } = airlock(cwd, 'up', '--data', data, '--seed', 'x');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('CONFIG_INVALID: 5 settings are not as wanted\n');
    for (const part of [
      'bogus: no such setting',
      'cash: want',
      'preset: want calm',
      '--seed: want',
    ])
      expect(err).toContain(part);
    expect(err).toContain('symbols: want at least one');
  });

  test('on a policy with a slip of the pen', () => {
    const data = join(cwd, 'slip');
    mkdirSync(data);
    writeFileSync(join(data, 'policy.yaml'), 'name: starter\nnmae: x\n');
    const { status, err } = airlock(cwd, 'up', '--data', data);
    expect(status).toBe(2);
    expect(err).toContain('POLICY_INVALID');
    expect(err).toContain('nmae: want no such key');
  });

  test('where it may not write, and says what to do', () => {
    writeFileSync(join(cwd, 'plain'), '');
    const { status, err } = airlock(cwd, 'up', '--json', '--data', join(cwd, 'plain', 'house'));
    expect(status).toBe(2);
    expect(failure(err)).toMatchObject({
      code: 'ENOTDIR',
      hint: 'give a directory that you may write: --data DIR',
    });
  });

  test('on a port that another has, and ends', async () => {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { status, err } = airlock(cwd, 'up', '--json', '--venue-port', `${port}`);
    server.close();
    expect(status).toBe(2);
    expect(failure(err)).toMatchObject({ code: 'PORT_IN_USE' });
  });
});
