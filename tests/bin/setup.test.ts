/** The first minute: what `bin/setup.mjs` does with a fresh clone, a machine that lacks something, and one that lacks nothing. */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = fs.mkdtempSync(join(tmpdir(), 'setup-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let clone = '';
let serial = 0;
const inside = (...parts: readonly string[]): string => join(clone, ...parts);
const setup = (): string => inside('bin', 'setup.mjs');
const LOCK = {
  packages: { '': {}, 'node_modules/node': { version: '1.2.3', integrity: 'sha-a' } },
};

/** What a real npm would leave behind, done by a shell script that counts its calls. */
const INSTALLS = `echo install >> calls
mkdir -p node_modules/node/bin node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
echo '{}' > node_modules/node/package.json
printf '#!/bin/sh\\necho v1.2.3\\n' > node_modules/node/bin/node
chmod +x node_modules/node/bin/node
ln -sf ../node/bin/node node_modules/.bin/node`;

function npmThat(does: string, version = '10.0.0'): void {
  const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\n${does}\n`;
  fs.writeFileSync(inside('path', 'npm'), script, { mode: 0o755 });
}

const env = (): Record<string, string> => ({
  PATH: `${inside('path')}:/usr/bin:/bin`,
  HOME: clone,
});

function run(path = env()['PATH'] ?? '') {
  const options = { cwd: clone, encoding: 'utf8', env: { ...env(), PATH: path } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [setup()], options);
  return { status, stdout, said: stderr };
}

const calls = (): number =>
  fs.existsSync(inside('calls'))
    ? fs.readFileSync(inside('calls'), 'utf8').trim().split('\n').length
    : 0;

beforeEach(() => {
  clone = join(scratch, `clone-${(serial += 1)}`);
  for (const dir of ['bin', 'path']) fs.mkdirSync(inside(dir), { recursive: true });
  fs.copyFileSync(join(root, 'bin', 'setup.mjs'), setup());
  fs.writeFileSync(inside('package.json'), JSON.stringify({ dependencies: { node: '1.2.3' } }));
  fs.writeFileSync(inside('package-lock.json'), JSON.stringify(LOCK));
});

test('this repository is ready, which takes no word and no time', () => {
  const ran = spawnSync(process.execPath, [join(root, 'bin', 'setup.mjs')], { encoding: 'utf8' });
  expect(ran).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('a fresh clone is installed once, on standard error only', () => {
  npmThat(INSTALLS);
  const first = run();
  expect(first).toMatchObject({ status: 0, stdout: '' });
  expect(first.said).toContain('installing 1 packages and Node 1.2.3');
  expect(first.said).toContain('ready on Node 1.2.3');
  expect(run()).toEqual({ status: 0, stdout: '', said: '' });
  expect(calls()).toBe(1);
  expect(fs.existsSync(inside('.setup.lock'))).toBe(false);
});

describe('it installs again', () => {
  beforeEach(() => {
    npmThat(INSTALLS);
    run();
  });

  test('when the lockfile names another content', () => {
    const entry = { ...LOCK.packages['node_modules/node'], integrity: 'sha-b' };
    fs.writeFileSync(
      inside('package-lock.json'),
      JSON.stringify({ packages: { '': {}, 'node_modules/node': entry } }),
    );
    expect(run().status).toBe(0);
    expect(calls()).toBe(2);
  });

  test('when a package has gone', () => {
    fs.rmSync(inside('node_modules', 'node'), { recursive: true });
    expect(run().status).toBe(0);
    expect(calls()).toBe(2);
  });

  test('but not when npm has already brought what a changed lockfile names', () => {
    const text = JSON.stringify({ ...LOCK, name: 'another' });
    fs.writeFileSync(inside('package-lock.json'), text);
    fs.writeFileSync(inside('node_modules', '.package-lock.json'), text);
    expect(run().status).toBe(0);
    expect(calls()).toBe(1);
  });
});

describe('it says what to do', () => {
  test('when npm is not there', () => {
    const { status, said } = run(inside('path'));
    expect(status).toBe(1);
    expect(said).toContain('npm was not found');
  });

  test('when npm is too old', () => {
    npmThat(INSTALLS, '6.14.18');
    expect(run()).toMatchObject({
      status: 1,
      said: expect.stringContaining('npm 7 or newer is needed') as string,
    });
  });

  test.each([
    ['ENOTFOUND', 'registry cannot be reached'],
    ['ENOSPC', 'The disk is full'],
    ['EACCES', 'may not be written'],
    ['EINTEGRITY', 'differs from what the lockfile pins'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['E403', 'refuses access'],
    ['EVENMORE', 'its last lines are above'],
  ])('when npm fails with %s', (code, advice) => {
    npmThat(`echo "npm error code ${code}" >&2; exit 1`);
    const { status, said } = run();
    expect(status).toBe(1);
    expect(said).toContain(`npm error code ${code}`);
    expect(said).toContain(advice);
    expect(fs.existsSync(inside('.setup.lock'))).toBe(false);
  });

  test('when the pinned Node does not run here', () => {
    npmThat(INSTALLS.replace('echo v1.2.3', 'exit 127'));
    const { status, said } = run();
    expect(status).toBe(1);
    expect(said).toContain('does not run here');
  });
});

test('the step of a skipped install script is made up for', () => {
  const script = `const { writeFileSync, mkdirSync } = require('node:fs');
mkdirSync('bin', { recursive: true });
writeFileSync('bin/node', '#!/bin/sh\\necho v1.2.3\\n', { mode: 0o755 });`;
  npmThat(
    `if [ "$1" = rebuild ]; then ln -sf ../node/bin/node node_modules/.bin/node; exit; fi
mkdir -p node_modules/node node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
echo '{}' > node_modules/node/package.json
cat > node_modules/node/installArchSpecificPackage.js <<'END'\n${script}\nEND`,
  );
  const { status, said } = run();
  expect(said).toContain('install scripts are off');
  expect(status).toBe(0);
});

test('libraries of other platforms are taken away, ours stay', () => {
  const library = (platform: string, arch: string): string =>
    inside('node_modules', 'onnxruntime-node', 'bin', 'napi-v6', platform, arch);
  const places = [
    [process.platform, process.arch],
    [process.platform, 'other'],
    ['beos', 'x64'],
  ] as const;
  const made = places.map(([platform, arch]) => `mkdir -p ${library(platform, arch)}`);
  npmThat(`${INSTALLS}\n${made.join('\n')}`);
  expect(run().status).toBe(0);
  expect(places.map(([platform, arch]) => fs.existsSync(library(platform, arch)))).toEqual([
    true,
    false,
    false,
  ]);
});

test('two at once install once, and a lock whose owner died is taken over', async () => {
  npmThat(`sleep 1\n${INSTALLS}`);
  fs.writeFileSync(inside('.setup.lock'), String(spawnSync('true').pid));
  const both = [1, 2].map(
    () =>
      new Promise((done) =>
        spawn(process.execPath, [setup()], { cwd: clone, env: env(), stdio: 'ignore' }).once(
          'close',
          done,
        ),
      ),
  );
  expect(await Promise.all(both)).toEqual([0, 0]);
  expect(calls()).toBe(1);
});
