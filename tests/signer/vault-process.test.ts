/** The vault as it really runs: its flags, its rights, its descriptors, and every reason not to start. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import * as f from '#firewall';
import { recoverAddress } from '../../signer/secp.ts';
import { vaultArguments } from '../../signer/spawn.ts';
import { connectVault, type VaultLink } from '../../signer/vault-link.ts';
import { approve, marketAt, NOW, orderNumber } from './letters.ts';
import { vaultDir } from './vault-dir.ts';
import { baseConfig } from './vault-kit.ts';

const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;
const made = vaultDir();
const links: VaultLink[] = [];
const copies: string[] = [];
afterEach(async () => {
  for (const link of links.splice(0)) await link.close();
});
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  made.remove();
});

async function connect(dir: string, runtimeDir: string | null = null): Promise<VaultLink> {
  const passphrase = { file: join(dir, 'passphrase') };
  const link = await connectVault({ dir, passphrase, runtimeDir, log: () => undefined });
  links.push(link);
  return link;
}
/** A copy of the vault to spoil. */
function copyOf(change: (dir: string) => void): string {
  const dir = join(made.root, `copy-${copies.length}`);
  cpSync(made.dir, dir, { recursive: true, preserveTimestamps: true });
  copies.push(dir);
  change(dir);
  return dir;
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'started',
    (error: unknown) => (error as { code: string }).code,
  );

describe('the process', () => {
  it('signs over IPC, and goes on after a restart where it stopped', async () => {
    const letters = approve(orderNumber(1), 1, baseConfig.policyHash);
    const question = { kind: 'sign', ...letters, market: marketAt(NOW), now: NOW } as const;
    const first = await connect(made.dir);
    expect(first.status).toMatchObject({ ready: true, address: made.config.address });
    const answer = await first.ask(question);
    if (answer.kind !== 'signed') throw new Error(JSON.stringify(answer));
    const { digest, signature } = answer.request;
    expect(recoverAddress(digest, signature)).toBe(made.config.address);
    await first.close();
    const second = await connect(made.dir);
    expect(second.status.journalEntries).toBe(3);
    const again = await second.ask(question);
    expect(again.kind === 'signed' && again.request).toEqual(answer.request);
  });

  it.skipIf(!linux)(
    'holds its journal open O_APPEND and O_DSYNC, and nothing else of a disk',
    async () => {
      const { pid } = await connect(made.dir);
      const files = readdirSync(`/proc/${pid}/fd`)
        .map((fd) => ({ fd, path: readlinkSync(`/proc/${pid}/fd/${fd}`) }))
        .filter(({ path }) => path.startsWith('/') && !path.startsWith('/dev/'));
      expect(files.map(({ path }) => path)).toEqual([join(made.dir, 'vault.journal')]);
      const info = readFileSync(`/proc/${pid}/fdinfo/${files[0]?.fd}`, 'utf8');
      const flags = Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '0', 8);
      const O_WRONLY = 0o1;
      const O_APPEND = 0o2000;
      const O_DSYNC = 0o10000;
      expect(flags & (O_WRONLY | O_APPEND | O_DSYNC)).toBe(O_WRONLY | O_APPEND | O_DSYNC);
    },
  );

  it.skipIf(!linux)('has an empty environment and a command line without secrets', async () => {
    const { pid } = await connect(made.dir);
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    const names = environment.split('\0').map((pair) => pair.split('=')[0]);
    // Node's own channel, and nothing of ours.
    expect(names.filter((name) => name !== '' && !name?.startsWith('NODE_CHANNEL'))).toEqual([]);
    const passphrase = readFileSync(join(made.dir, 'passphrase'), 'utf8').trim();
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(passphrase);
  });

  it.skipIf(!linux)('opens no inspector on SIGUSR1 and listens nowhere', async () => {
    const link = await connect(made.dir);
    const { pid } = link;
    process.kill(pid, 'SIGUSR1');
    expect((await link.ask({ kind: 'status', anchor: null })).kind).toBe('status');
    const sockets = readdirSync(`/proc/${pid}/fd`)
      .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      .flatMap((path) => /^socket:\[(\d+)\]$/.exec(path)?.[1] ?? []);
    const listening = ['tcp', 'tcp6', 'udp', 'udp6']
      .map((table) => `/proc/${pid}/net/${table}`)
      .filter((table) => existsSync(table))
      .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
      .map((line) => line.trim().split(/\s+/)[9] ?? '');
    expect(sockets.filter((inode) => listening.includes(inode))).toEqual([]);
  });

  it('ends with its parent’s channel', async () => {
    const link = await connect(made.dir);
    await link.close();
    expect(await link.ended).toBe('exit 0');
  });

  it.skipIf(!linux || !root)(
    'runs under a uid of its own that nobody else of that uid can look into',
    async () => {
      const owned = vaultDir({ owner: { uid: 61_184, gid: 61_184 } });
      copies.push(owned.root);
      const link = await connect(owned.dir, join(owned.root, 'node'));
      expect(link.confinement).toMatchObject({ uid: 61_184, ownUid: true, nonDumpable: true });
      for (const entry of ['environ', 'mem', 'maps', 'fdinfo/0']) {
        const script = `require('fs').openSync('/proc/${link.pid}/${entry}')`;
        for (const uid of [61_184, 61_185]) {
          const peek = spawnSync(process.execPath, ['-e', script], {
            uid,
            gid: uid,
            encoding: 'utf8',
          });
          expect(peek.stderr).toContain('EACCES');
        }
      }
      // Not even the passphrase that opened it can be read by its own uid.
      expect(statSync(join(owned.dir, 'passphrase')).uid).toBe(0);
    },
  );
});

/** Runs a probe with exactly the vault's flags and grants, in the vault's place. */
async function probe(body: string): Promise<string> {
  const args = [...vaultArguments(made.dir)];
  const script = `const say=(v)=>process.stdout.write(String(v)); try { ${body} } catch (e) { say(e.code) }`;
  args.splice(-2, 2, '--input-type=module', '-e', `const fs=await import('node:fs'); ${script}`);
  const child = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return out;
}

describe('under its flags, code in the vault cannot', () => {
  it.each([
    ['read the house’s other files', "fs.readFileSync('/etc/passwd')"],
    ['read its own environment from the system', "fs.readFileSync('/proc/self/environ')"],
    [
      'write beside its journal’s folder',
      `fs.writeFileSync(${JSON.stringify(join(made.root, 'x'))}, '')`,
    ],
    [
      'write into its own code',
      `fs.writeFileSync(${JSON.stringify(join(import.meta.dirname, '../../signer/x.ts'))}, '')`,
    ],
    ['spawn', "(await import('node:child_process')).spawnSync('true')"],
    ['start a worker', "new (await import('node:worker_threads')).Worker('1', { eval: true })"],
    [
      'fsync, which is why the journal is O_DSYNC',
      `fs.fsyncSync(fs.openSync(${JSON.stringify(join(made.dir, 'vault.json'))}))`,
    ],
  ])('%s', async (_, body) => {
    expect(await probe(`say(${body})`)).toBe('ERR_ACCESS_DENIED');
  });

  it('connect, even to this machine', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const body = `const net=await import('node:net'); net.connect(${port}, '127.0.0.1').on('error', (e) => say(e.code)).on('connect', () => say('connected'));`;
    expect(await probe(body)).toBe('ERR_ACCESS_DENIED');
    server.close();
  });

  it('compile strings, or change what everybody inherits', async () => {
    expect(await probe("say(new Function('return 1')())")).not.toBe('1');
    expect(await probe("Array.prototype.map = () => 'mine'; say([1].map((x) => x))")).not.toBe(
      'mine',
    );
    expect(await probe('say(({}).__proto__ === undefined)')).toBe('true');
  });
});

describe('it refuses to start', () => {
  const journal = (dir: string): string => join(dir, 'vault.journal');
  it.each<readonly [string, string, (dir: string) => void]>([
    ['without its journal', 'JOURNAL_MISSING', (dir) => rmSync(journal(dir))],
    ['with an empty journal', 'JOURNAL_EMPTY', (dir) => writeFileSync(journal(dir), '')],
    [
      'with a changed journal',
      'JOURNAL_CORRUPT',
      (dir) => {
        const text = readFileSync(journal(dir), 'utf8');
        writeFileSync(journal(dir), text.replace('"by":"tester"', '"by":"tester2"'));
      },
    ],
    [
      'with another vault’s journal',
      'JOURNAL_FOREIGN',
      (dir) => {
        const config = JSON.parse(readFileSync(join(dir, 'vault.json'), 'utf8')) as object;
        const changed = { ...config, journalId: 'c3'.repeat(16) };
        writeFileSync(join(dir, 'vault.json'), JSON.stringify(changed));
      },
    ],
    [
      'with a wrong passphrase',
      'KEYSTORE_PASSPHRASE_WRONG',
      (dir) => {
        chmodSync(join(dir, 'passphrase'), 0o600);
        writeFileSync(join(dir, 'passphrase'), 'something else\n');
      },
    ],
    ['without the passphrase', 'VAULT_FILE_MISSING', (dir) => rmSync(join(dir, 'passphrase'))],
    [
      'with the keystore of another address',
      'KEYSTORE_ADDRESS_MISMATCH',
      (dir) => {
        const config = JSON.parse(readFileSync(join(dir, 'vault.json'), 'utf8')) as object;
        const changed = { ...config, address: `0x${'22'.repeat(20)}` };
        writeFileSync(join(dir, 'vault.json'), JSON.stringify(changed));
      },
    ],
    [
      'with a keystore that others may read',
      'VAULT_FILE_MODE',
      (dir) => chmodSync(join(dir, 'keystore.json'), 0o640),
    ],
    [
      'with another policy than the pinned one',
      'VAULT_POLICY_MISMATCH',
      (dir) => {
        const path = join(dir, 'policy.json');
        writeFileSync(path, readFileSync(path, 'utf8').replace('"version":1', '"version":2'));
      },
    ],
    [
      'with an unknown key in its configuration',
      'VAULT_CONFIG_INVALID',
      (dir) => writeFileSync(join(dir, 'vault.json'), '{"version":1,"debug":true}'),
    ],
    [
      'with a symbolic link in its folder',
      'VAULT_FILE_LINK',
      (dir) => {
        mkdirSync(join(dir, 'inner'));
        symlinkSync('/etc', join(dir, 'inner', 'etc'));
      },
    ],
  ])('%s', async (_, code, change) => {
    expect(await codeOf(connect(copyOf(change)))).toBe(code);
  });
});

describe('two vaults over one journal', () => {
  it('never both sign: the second to write finds out and ends', async () => {
    const dir = copyOf(() => undefined);
    const one = await connect(dir);
    const two = await connect(dir);
    const ask = (link: VaultLink, n: number) => {
      const letters = approve(orderNumber(n), n, baseConfig.policyHash);
      return link.ask({ kind: 'sign', ...letters, market: marketAt(NOW), now: NOW });
    };
    expect((await ask(one, 11)).kind).toBe('signed');
    expect(await ask(two, 12)).toMatchObject({ kind: 'refused', code: 'JOURNAL_FAILED' });
    expect(await two.ended).toBe('exit 0');
    expect(f.hashText('').length).toBe(64);
  });
});
