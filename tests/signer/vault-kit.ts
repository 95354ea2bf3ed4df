/** A vault in line: the real reducer, a real key and the real rules, over a disk of the test's own. */
import * as f from '#firewall';
import type { VaultAnswer } from '../../signer/contract.ts';
import { startJournal } from '../../signer/journal.ts';
import { opener } from '../../signer/seal.ts';
import { addressOf } from '../../signer/secp.ts';
import type { VaultConfig } from '../../signer/vault-config.ts';
import { vaultRecordCodec, type VaultRecord } from '../../signer/vault-journal.ts';
import type { VaultPort, VaultQuestion } from '../../signer/vault-link.ts';
import { handOf, startVault, type Hand } from '../../signer/vault-runtime.ts';
import type { VaultParts } from '../../signer/vault.ts';
import { vaultRequestCodec } from '../../signer/vault-wire.ts';
import { defaultPolicy } from '../firewall/policy-fixture.ts';
import { ACCOUNT, desk, gate, marketAt, NOW, SYMBOL, VENUE, type Letters } from './letters.ts';
import { SimDisk } from './sim-disk.ts';

export const KEY = Buffer.from(
  '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d',
  'hex',
);
export const ADDRESS = addressOf(KEY);
const money = (units: bigint): f.Money => (units * f.SCALE) as f.Money;

export const baseConfig: VaultConfig = {
  version: 1,
  account: ACCOUNT,
  venue: VENUE,
  network: 'paper',
  address: ADDRESS,
  journalId: 'a1'.repeat(16),
  gate: { keyId: 'gate', publicKey: gate.publicKey },
  desks: { 'desk-1': desk.publicKey },
  policyHash: defaultPolicy().hash,
  caps: {
    symbols: [SYMBOL],
    notionalMax: money(1_000n),
    notionalPerDayMax: money(3_000n),
    ordersPerDayMax: 4,
    priceDeviationMax: 10_000 as f.Ppm,
    notAfter: null,
  },
};

const opens = opener();
export const partsOf = (config: VaultConfig = baseConfig): VaultParts => ({
  config,
  policy: defaultPolicy(),
  opens,
  recheck: f.recheck,
});

const FLOOR = { sequence: 0, nonce: 0, notBefore: 0 as f.TimeMs };

/** A disk with a journal that was just begun. */
export function freshDisk(
  config: VaultConfig = baseConfig,
  floor: Extract<VaultRecord, { kind: 'opened' }>['floor'] = FLOOR,
): SimDisk {
  const disk = new SimDisk();
  const { journalId, account, venue, network, address } = config;
  const why = { by: 'tester', reason: 'made', floor };
  const opened = { kind: 'opened', at: NOW, journalId, account, venue, network, address } as const;
  startJournal<VaultRecord>(disk, vaultRecordCodec, { ...opened, ...why });
  return disk;
}

export type InlineVault = VaultPort &
  Readonly<{
    answers: readonly VaultAnswer[];
    deaths: readonly string[];
    /** The message as it would come over IPC, whatever it is. */
    tell(message: unknown): VaultAnswer;
    sign(letters: Letters, now?: f.TimeMs, market?: f.MarketView): VaultAnswer;
  }>;

type Options = Readonly<{ config?: VaultConfig; hand?: Hand; own?: f.TimeMs }>;

export function vaultOn(disk: SimDisk, options: Options = {}): InlineVault {
  const config = options.config ?? baseConfig;
  const answers: VaultAnswer[] = [];
  const deaths: string[] = [];
  const vault = startVault(disk, partsOf(config), options.hand ?? handOf(KEY, config.address), {
    own: () => options.own ?? NOW,
    send: (answer) => answers.push(answer),
    die: (code) => deaths.push(code),
  });
  let id = 0;
  const tell = (message: unknown): VaultAnswer => {
    const before = answers.length;
    vault.receive(message);
    const [answer] = answers.slice(before);
    if (answer === undefined || answers.length !== before + 1) throw new Error('one answer each');
    return answer;
  };
  const ask = (question: VaultQuestion): VaultAnswer => {
    id += 1;
    return tell(JSON.parse(JSON.stringify(vaultRequestCodec.write({ ...question, id }))));
  };
  return {
    answers,
    deaths,
    tell,
    ask: (question) => Promise.resolve(ask(question)),
    sign: ({ approval, proposal }, now = NOW, market = marketAt(now)) =>
      ask({ kind: 'sign', approval, proposal, market, now }),
  };
}

/** The code of a refusal, or how it was answered instead. */
export const codeOf = (answer: VaultAnswer): string =>
  answer.kind === 'refused' ? answer.code : answer.kind;
