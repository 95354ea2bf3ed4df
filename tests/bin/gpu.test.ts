/** `npm run gpu`: brings what is pinned and nothing else, and leaves everything as it was when it cannot. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = fs.mkdtempSync(join(tmpdir(), 'gpu-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let clone = '';
let serial = 0;
const inside = (...parts: readonly string[]): string => join(clone, ...parts);
const build = (...parts: readonly string[]): string =>
  inside('node_modules', '@node-llama-cpp', 'one', ...parts);

function run(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [inside('bin', 'gpu.mjs'), ...words],
    { cwd: clone, encoding: 'utf8', env: { PATH: `${inside('path')}:/usr/bin:/bin`, HOME: clone } },
  );
  return { status, stdout, said: stderr };
}

const npmThat = (does: string): void =>
  fs.writeFileSync(inside('path', 'npm'), `#!/bin/sh\n${does}\n`, { mode: 0o755 });

/** A package as npm packs it, and its hash. */
function packed(): string {
  fs.mkdirSync(inside('made', 'package', 'bins'), { recursive: true });
  fs.writeFileSync(inside('made', 'package', 'package.json'), '{"name":"one"}');
  spawnSync('tar', ['-czf', inside('one.tgz'), '-C', inside('made'), 'package']);
  const hash = createHash('sha512').update(fs.readFileSync(inside('one.tgz')));
  return `sha512-${hash.digest('base64')}`;
}

const pin = (hash: string, machine = `${process.platform}-${process.arch}`): void =>
  fs.writeFileSync(
    inside('bin', 'gpu-builds.json'),
    JSON.stringify({ version: '1.2.3', builds: { [machine]: { cuda: { one: hash } } } }),
  );

beforeEach(() => {
  clone = join(scratch, `clone-${(serial += 1)}`);
  for (const dir of ['bin', 'path']) fs.mkdirSync(inside(dir), { recursive: true });
  fs.copyFileSync(join(root, 'bin', 'gpu.mjs'), inside('bin', 'gpu.mjs'));
  fs.mkdirSync(inside('node_modules', 'node-llama-cpp'), { recursive: true });
  fs.writeFileSync(inside('node_modules', 'node-llama-cpp', 'package.json'), '{"version":"1.2.3"}');
  fs.mkdirSync(build(), { recursive: true });
  fs.writeFileSync(build('package.json'), '{"name":"none"}');
  pin(packed());
  npmThat(`cp ${inside('one.tgz')} .`);
});

const unchanged = (): boolean => fs.readFileSync(build('package.json'), 'utf8').includes('none');

test('the repository pins the builds of what it installs', () => {
  const pins = JSON.parse(fs.readFileSync(join(root, 'bin', 'gpu-builds.json'), 'utf8')) as unknown;
  const house = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(pins).toMatchObject({ version: house.dependencies['node-llama-cpp'] });
});

test('a build is brought, and taken away again', () => {
  expect(run('cuda')).toMatchObject({
    status: 0,
    said: expect.stringContaining('llama.cpp for cuda is in place') as string,
  });
  expect(fs.existsSync(build('bins'))).toBe(true);
  expect(run('none').status).toBe(0);
  expect([fs.existsSync(build('bins')), fs.existsSync(build('package.json'))]).toEqual([
    false,
    true,
  ]);
});

describe('nothing is changed', () => {
  test.each<[string, () => void, string]>([
    [
      'what came is not what is pinned',
      () => pin('sha512-other'),
      'is not what this repository pins',
    ],
    ['npm cannot fetch it', () => npmThat('echo E404 >&2; exit 1'), 'npm could not fetch it'],
    ['npm brings nothing', () => npmThat('true'), 'npm could not fetch it'],
    ['there is no build for this machine', () => pin('x', 'beos-x64'), 'no pinned build for'],
    [
      'another llama.cpp is installed',
      () =>
        fs.writeFileSync(
          inside('node_modules', 'node-llama-cpp', 'package.json'),
          '{"version":"2.0.0"}',
        ),
      'llama.cpp 2.0.0 is installed',
    ],
  ])('when %s', (_, prepare, why) => {
    prepare();
    const { status, said } = run('cuda');
    expect([status, said.includes(why), unchanged()]).toEqual([1, true, true]);
    expect(fs.existsSync(inside('node_modules', '.cache', 'airlock', 'gpu'))).toBe(false);
  });
});

test('help is help, and a word that means nothing is not', () => {
  expect(run('--help')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('vulkan') as string,
  });
  expect(run('opencl')).toMatchObject({
    status: 2,
    said: expect.stringContaining('vulkan') as string,
  });
  expect(run()).toMatchObject({ status: 2 });
});
