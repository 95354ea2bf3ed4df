/** The firewall as a process: its own eyes, its ledger, its lane. It sees no key of the signer and no model. */
import { randomBytes } from 'node:crypto';
import { breakers, encodePolicy, RULES, type TimeMs } from '#firewall';
import { openMailbox } from '../../gate/command-files.ts';
import type { Senses } from '../../gate/contract.ts';
import { Gate, type GatePorts } from '../../gate/gate.ts';
import { runGate } from '../../gate/run-gate.ts';
import { buildId } from '../../infra/build-id.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { hostProbe } from '../../infra/host-health.ts';
import { sealerOf } from '../../infra/keys.ts';
import { errorFields } from '../../infra/log.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { loadPolicy } from '../../infra/policy-file.ts';
import { readSnapshot, writeSnapshot } from '../../infra/snapshot-file.ts';
import { LedgerError } from '../../ledger/contract.ts';
import { openLedgerFiles } from '../../ledger/ledger.ts';
import { opener } from '../../signer/seal.ts';
import { deskRecordsOf } from '../desk-records.ts';
import { Chronicle } from '../chronicle.ts';
import { writeHappening } from '../happening.ts';
import { modelRecordsOf } from '../pinned-model.ts';
import { priceRecordsOf } from '../price-model.ts';
import { runRole, type RoleContext } from '../role.ts';
import { courierCodec, snapshotFiles, standingCodec, type CourierStanding } from '../snapshots.ts';

const SNAPSHOT_MS = 250;
const PAPER_API_WEIGHT = 1_000;
const realNow = (): TimeMs => Date.now() as TimeMs;

runRole('gate', async (context) => {
  const { config, dir, log } = context;
  const eyes = new MarketEyes({
    venueUrl: context.venueUrl,
    symbols: config.symbols,
    currency: config.currency,
    now: realNow,
    trouble: (code, detail) => log('warn', code, { detail }),
  });
  const chronicle = new Chronicle();
  const gate = openGate(context, eyes, chronicle);
  const lanes = openLanes({
    url: context.queueUrl,
    prefix: 'airlock',
    onError: (error) => log('warn', 'QUEUE_TROUBLE', errorFields(error)),
  });
  const running = runGate({
    gate,
    lanes,
    account: config.account,
    mailbox: openMailbox(dir.root),
    onUndelivered: (approvalId, error) =>
      log('warn', 'APPROVAL_UNDELIVERED', { approvalId, ...errorFields(error) }),
  });
  running.failed.catch((error: unknown) => {
    log('error', 'GATE_FAILED', errorFields(error));
    process.exit(1);
  });
  const { standing } = snapshotFiles(dir);
  const tell = (): void => {
    for (const happening of chronicle.take()) context.tell('happening', writeHappening(happening));
    const now = chronicle.standing(gate.fold, eyes, config.account, realNow());
    writeSnapshot(standing, standingCodec.write(now));
    context.tell('happening', writeHappening(Chronicle.summary(now)));
  };
  const timer = setInterval(tell, SNAPSHOT_MS);
  return async () => {
    clearInterval(timer);
    await running.close();
    await lanes.close();
    eyes.close();
    tell();
  };
});

function openGate(context: RoleContext, eyes: MarketEyes, chronicle: Chronicle): Gate {
  const { config, dir } = context;
  const { policy } = loadPolicy(dir.policy);
  const ports: GatePorts = {
    openLedger: (onEntry) => openLedgerFiles(dir.ledger(config.account), onEntry),
    sealer: sealerOf(dir.keys, 'gate'),
    opener: { opens: opener() },
    courierKey: context.pinned.courierKey,
    senses: sensesOf(context, eyes, { worker: 'gate', build: buildId(), policy: policy.hash }),
    nonce: () => randomBytes(16).toString('hex'),
    breakers,
    observe: (entry, verdict) => chronicle.observe(entry, verdict),
  };
  try {
    return new Gate(ports, {
      identity: {
        account: config.account,
        venue: 'paper',
        network: 'paper',
        currency: config.currency,
      },
      configuration: {
        policy: encodePolicy(policy, RULES),
        policyHash: policy.hash,
        desks: deskRecordsOf(config, context.pinned.deskKeys),
        models: [
          ...modelRecordsOf(context.pinned.model),
          ...priceRecordsOf(context.pinned.priceModel),
        ],
        blackouts: [],
        modes: [{ scope: 'global', key: '*', mode: config.mode }],
        build: buildId(),
      },
    });
  } catch (error) {
    // A ledger in doubt is for a human: starting again would not make it whole.
    if (error instanceof LedgerError) return context.refuse(error.code, error.message);
    throw error;
  }
}

type OwnBuild = NonNullable<ReturnType<Senses['runtime']>['builds']>[number];

/** What the gate measures itself, and what the courier has lately said of its own side. */
function sensesOf({ dir, pinned }: RoleContext, eyes: MarketEyes, own: OwnBuild): Senses {
  const host = hostProbe(dir.root);
  const file = snapshotFiles(dir).courier;
  let readAt = 0;
  let courier: CourierStanding | null = null;
  return {
    now: realNow,
    market: (symbol, evidence) => eyes.view(symbol, evidence),
    runtime() {
      const now = realNow();
      if (now - readAt > 500) {
        readAt = now;
        courier = readSnapshot(file, courierCodec);
      }
      return {
        publicStreamAt: eyes.streamAt,
        privateStreamAt: courier?.privateStreamAt ?? null,
        deadManArmed: null,
        auditDurable: true,
        host: host(),
        apiWeightLeft: PAPER_API_WEIGHT,
        builds:
          courier === null
            ? null
            : [own, { worker: 'courier', build: courier.build, policy: courier.policy }],
        policyApproved: pinned.policyHash,
      };
    },
  };
}
