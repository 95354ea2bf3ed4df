/** The parent's end of the vault: one question, one answer, by number; silence is an error, never a yes. */
import type { ChildProcess } from 'node:child_process';
import * as f from '#firewall';
import type { VaultAnswer, VaultRequest, VaultStatus } from './contract.ts';
import { launchVault, type Confinement, type VaultLaunch } from './spawn.ts';
import { vaultAnswerCodec, vaultBootCodec, vaultRequestCodec } from './vault-wire.ts';

export class VaultLinkError extends Error {
  /** The vault's own code when it refused to start, or one of ours. */
  readonly code: string;
  readonly retryable = false;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'VaultLinkError';
    this.code = code;
  }
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type VaultQuestion = WithoutId<VaultRequest>;

/** What the courier needs of a vault; a process behind it or, in tests, the same reducer in line. */
export interface VaultPort {
  ask(question: VaultQuestion): Promise<VaultAnswer>;
}

export type VaultLink = VaultPort &
  Readonly<{
    status: VaultStatus;
    confinement: Confinement;
    pid: number;
    /** Resolves with why the vault ended. */
    ended: Promise<string>;
    close(): Promise<void>;
  }>;

const BOOT_MS = 30_000;
const ANSWER_MS = 10_000;

export async function connectVault(launch: VaultLaunch): Promise<VaultLink> {
  const { child, confinement } = launchVault(launch);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal ?? '?'}`));
    child.once('error', (error) => resolve(error.message));
  });
  const status = await boot(child, ended);
  const port = questions(child, ended);
  return {
    ...port,
    status,
    confinement,
    pid: child.pid ?? 0,
    ended,
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function boot(child: ChildProcess, ended: Promise<string>): Promise<VaultStatus> {
  const first = await new Promise<unknown>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new VaultLinkError('VAULT_SILENT', `no word from the vault within ${BOOT_MS} ms`));
    }, BOOT_MS);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message);
    });
    void ended.then((why) => {
      clearTimeout(timer);
      reject(new VaultLinkError('VAULT_ENDED', `the vault ended before its first word: ${why}`));
    });
  });
  const said = f.decode(vaultBootCodec, first);
  if (!said.ok) throw new VaultLinkError('VAULT_ANSWER_MALFORMED', `${said.at}: ${said.want}`);
  if (said.value.kind === 'failed') throw new VaultLinkError(said.value.code, said.value.detail);
  return said.value.status;
}

type Waiting = Readonly<{
  resolve(answer: VaultAnswer): void;
  reject(error: VaultLinkError): void;
  timer: NodeJS.Timeout;
}>;

function questions(child: ChildProcess, ended: Promise<string>): VaultPort {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let over: string | null = null;
  const settle = (id: number, with_: (entry: Waiting) => void): void => {
    const entry = waiting.get(id);
    if (entry === undefined) return;
    waiting.delete(id);
    clearTimeout(entry.timer);
    with_(entry);
  };
  child.on('message', (message) => {
    const answer = f.decode(vaultAnswerCodec, message);
    if (answer.ok) settle(answer.value.id, (entry) => entry.resolve(answer.value));
  });
  void ended.then((why) => {
    over = why;
    const error = new VaultLinkError('VAULT_ENDED', `the vault ended: ${why}`);
    for (const id of waiting.keys()) settle(id, (entry) => entry.reject(error));
  });
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (over !== null) {
          reject(new VaultLinkError('VAULT_ENDED', `the vault ended: ${over}`));
          return;
        }
        last += 1;
        const id = last;
        const timer = setTimeout(
          () =>
            settle(id, (entry) =>
              entry.reject(new VaultLinkError('VAULT_SILENT', `no answer within ${ANSWER_MS} ms`)),
            ),
          ANSWER_MS,
        );
        waiting.set(id, { resolve, reject, timer });
        child.send(vaultRequestCodec.write({ ...question, id }) as object);
      }),
  };
}
