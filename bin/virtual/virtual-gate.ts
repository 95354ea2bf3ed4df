/** The gate of a virtual house: the same gate, whose senses are the virtual market and its clock. */
import { randomBytes } from 'node:crypto';
import { breakers, encodePolicy, RULES, type TimeMs } from '#firewall';
import { Gate } from '../../gate/gate.ts';
import { buildId } from '../../infra/build-id.ts';
import { hostProbe } from '../../infra/host-health.ts';
import { sealerOf } from '../../infra/keys.ts';
import { openLedgerFiles } from '../../ledger/ledger.ts';
import { opener } from '../../signer/seal.ts';
import type { Chronicle } from '../chronicle.ts';
import { deskRecordsOf } from '../desk-records.ts';
import type { House } from '../house.ts';
import type { VirtualMarket } from './virtual-market.ts';
import type { VirtualOptions } from './virtual-house.ts';

const PAPER_API_WEIGHT = 1_000;

type Parts = Readonly<{
  house: House;
  market: VirtualMarket;
  chronicle: Chronicle;
  now(): TimeMs;
}>;

export function virtualGate(
  { dir, config, models }: VirtualOptions,
  { house, market, chronicle, now }: Parts,
): Gate {
  const { policy, deskKeys, courierKey } = house;
  const host = hostProbe(dir.root);
  const build = { build: buildId(), policy: policy.hash };
  return new Gate(
    {
      openLedger: (onEntry) => openLedgerFiles(dir.ledger(config.account), onEntry),
      sealer: sealerOf(dir.keys, 'gate'),
      opener: { opens: opener() },
      courierKey,
      senses: {
        now,
        market: (symbol, evidence) => market.eyes.view(symbol, evidence),
        runtime: () => ({
          publicStreamAt: now(),
          privateStreamAt: now(),
          deadManArmed: null,
          auditDurable: true,
          // Where time waits for everyone, the loop cannot be late.
          host: { ...host(), loopLagMs: 0 },
          apiWeightLeft: PAPER_API_WEIGHT,
          builds: [
            { worker: 'gate', ...build },
            { worker: 'courier', ...build },
          ],
          policyApproved: policy.hash,
        }),
      },
      nonce: () => randomBytes(16).toString('hex'),
      breakers,
      observe: (entry, verdict) => chronicle.observe(entry, verdict),
    },
    {
      identity: {
        account: config.account,
        venue: 'paper',
        network: 'paper',
        currency: config.currency,
      },
      configuration: {
        policy: encodePolicy(policy, RULES),
        policyHash: policy.hash,
        desks: deskRecordsOf(config, deskKeys),
        models,
        blackouts: [],
        modes: [{ scope: 'global', key: '*', mode: config.mode }],
        build: buildId(),
      },
    },
  );
}
