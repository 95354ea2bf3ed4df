/** The courier as a process: it has the network and no key, and the vault as its child, which has the key and no network. */
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { TimeMs } from '#firewall';
import { laneNames } from '../../gate/contract.ts';
import { buildId } from '../../infra/build-id.ts';
import { openLanes } from '../../infra/bullmq-lanes.ts';
import { sealerOf } from '../../infra/keys.ts';
import { errorFields, type Level } from '../../infra/log.ts';
import { MarketEyes } from '../../infra/market-eyes.ts';
import { writeSnapshot } from '../../infra/snapshot-file.ts';
import { initCourier, startCourier, type Courier } from '../../signer/courier-process.ts';
import { openJournalFile } from '../../signer/journal-file.ts';
import { ledgerReceipts } from '../../signer/receipts.ts';
import { opener } from '../../signer/seal.ts';
import { vaultFiles } from '../../signer/vault-files.ts';
import { connectVault, VaultLinkError, type VaultLink } from '../../signer/vault-link.ts';
import { paperVenue } from '../../signer/venues/paper-http.ts';
import { runRole, type RoleContext } from '../role.ts';
import { courierCodec, snapshotFiles } from '../snapshots.ts';

const SNAPSHOT_MS = 500;
const realNow = (): TimeMs => Date.now() as TimeMs;

runRole('courier', async (context) => {
  const { config, dir, log } = context;
  const vault = await openVault(context);
  void vault.ended.then((why) => {
    log('error', 'VAULT_ENDED', { why });
    process.exit(1);
  });
  const eyes = new MarketEyes({
    venueUrl: context.venueUrl,
    symbols: config.symbols,
    currency: config.currency,
    now: realNow,
    trouble: (code, detail) => log('warn', code, { detail }),
  });
  const lanes = openLanes({
    url: context.queueUrl,
    prefix: 'airlock',
    onError: (error) => log('warn', 'QUEUE_TROUBLE', errorFields(error)),
  });
  const venue = paperVenue({ url: context.venueUrl, account: config.account });
  const journal = join(dir.courier, 'courier.journal');
  if (!existsSync(journal))
    initCourier(journal, { account: config.account, by: 'up', now: realNow() });
  const sealer = sealerOf(dir.keys, 'courier');
  const names = laneNames(config.account);
  const courier = await startCourier(
    {
      account: config.account,
      gate: { keyId: 'gate', publicKey: context.pinned.gateKey },
      opens: opener(),
    },
    {
      file: openJournalFile(journal),
      vault,
      venue,
      lanes,
      laneNames: names,
      market: (symbol) => eyes.view(symbol, []),
      now: realNow,
      seal: (body) => sealer.seal('outcome', body),
      receipts: ledgerReceipts(dir.ledger(config.account)),
      stopped: () => halted(dir.halt),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      log: (level: Level, code, detail) => log(level, code, { detail }),
    },
  );
  void courier.failed.then((error) => {
    log('error', error.code, { message: error.message });
    process.exit(1);
  });
  const timer = keepStanding(context, { courier, vault });
  return async () => {
    clearInterval(timer);
    await courier.close();
    await lanes.close();
    eyes.close();
    venue.close();
    await vault.close();
  };
});

/** A link that leads nowhere is a HALT file all the same. */
const halted = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

async function openVault(context: RoleContext): Promise<VaultLink> {
  const { dir, log } = context;
  try {
    return await connectVault({
      dir: dir.vault,
      passphrase: { file: vaultFiles(dir.vault).passphrase },
      runtimeDir: join(dir.root, 'vault-node'),
      log: (line) => log('info', 'VAULT_SAYS', { line }),
    });
  } catch (error) {
    // A vault that refuses to start has a reason that starting again would not remove.
    if (error instanceof VaultLinkError) return context.refuse(error.code, error.message);
    throw error;
  }
}

type Parts = Readonly<{ courier: Courier; vault: VaultLink }>;

/** What the gate may know of this side: whether the venue's private side speaks, and which build and policy are at work. */
function keepStanding({ dir, pinned }: RoleContext, { courier, vault }: Parts): NodeJS.Timeout {
  const { courier: file } = snapshotFiles(dir);
  const build = buildId();
  const { ownUid, nonDumpable } = vault.confinement;
  const confinement = [
    ownUid ? 'own uid' : 'shared uid',
    nonDumpable ? 'unreadable memory' : 'readable memory',
    'no network',
  ].join(', ');
  let privateStreamAt: TimeMs | null = null;
  const write = (): void => {
    const at = realNow();
    if (courier.standing().streaming) privateStreamAt = at;
    const standing = {
      at,
      pid: process.pid,
      vaultPid: vault.pid,
      privateStreamAt,
      build,
      policy: pinned.policyHash,
      halted: vault.status.halted,
      confinement,
    };
    writeSnapshot(file, courierCodec.write(standing));
  };
  write();
  return setInterval(write, SNAPSHOT_MS);
}
