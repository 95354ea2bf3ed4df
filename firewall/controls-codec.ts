/** Controls on the wire: latches, locks, registries and the runtime measured at a decision. */
import * as c from './codec.ts';
import * as s from './controls.ts';
import { NETWORKS } from './proposal.ts';

const scope = c.oneOf(s.SCOPES);
/** The key of a scope; `*` stands for everything of the global one. */
const scopeKey: c.Codec<string> = {
  read: (value, at) => (value === '*' ? '*' : c.name.read(value, at)),
  write: (value) => value,
};

export const latchCodec: c.Codec<s.Latch> = c.record<s.Latch>({
  scope,
  key: scopeKey,
  state: c.oneOf(s.TRADING_STATES),
  reason: c.words(400),
  by: c.name,
  at: c.time,
});
export const lockCodec: c.Codec<s.Lock> = c.record<s.Lock>({
  scope,
  key: scopeKey,
  code: c.name,
  until: c.nullable(c.time),
});
export const modeSettingCodec: c.Codec<s.ModeSetting> = c.record<s.ModeSetting>({
  scope,
  key: scopeKey,
  mode: c.oneOf(s.MODES),
});
export const deskCodec: c.Codec<s.DeskRecord> = c.record<s.DeskRecord>({
  desk: c.name,
  publicKey: c.base64(64),
  strategies: c.list(c.name, 1_000),
  accounts: c.list(c.name, 1_000),
  symbols: c.list(c.symbolName, 10_000),
  stage: c.oneOf(s.STAGES),
  enabled: c.flag,
});
export const modelCodec: c.Codec<s.ModelRecord> = c.record<s.ModelRecord>({
  id: c.name,
  artefact: c.hash,
  role: c.oneOf(['champion', 'challenger', 'retired'] as const),
  trainedUntil: c.time,
  drift: c.oneOf(s.DRIFT_STATES),
});
export const humanApprovalCodec: c.Codec<s.HumanApproval> = c.record({
  proposalHash: c.hash,
  by: c.name,
  at: c.time,
  expiresAt: c.time,
});
export const armCodec: c.Codec<s.Arm> = c.record<s.Arm>({
  network: c.oneOf(NETWORKS),
  account: c.name,
  by: c.name,
  expiresAt: c.time,
});
export const blackoutCodec: c.Codec<s.Blackout> = c.record<s.Blackout>({
  from: c.time,
  until: c.time,
  symbol: c.nullable(c.symbolName),
  why: c.words(400),
});

export const runtimeCodec: c.Codec<s.Runtime> = c.record<s.Runtime>({
  publicStreamAt: c.nullable(c.time),
  privateStreamAt: c.nullable(c.time),
  deadManArmed: c.nullable(c.flag),
  auditDurable: c.nullable(c.flag),
  reconciliation: c.nullable(
    c.record<s.Reconciliation>({
      status: c.oneOf(['clean', 'mismatch', 'pending'] as const),
      since: c.time,
      checkedAt: c.time,
    }),
  ),
  unresolved: c.nullable(c.list(c.symbolName, 10_000)),
  host: c.nullable(c.record({ diskFreeMb: c.count, memoryFreeMb: c.count, loopLagMs: c.count })),
  apiWeightLeft: c.nullable(c.integer()),
  builds: c.nullable(c.list(c.record({ worker: c.name, build: c.name, policy: c.hash }), 100)),
  stateVersion: c.nullable(c.count),
  policyApproved: c.nullable(c.hash),
});

export const controlsCodec: c.Codec<s.Controls> = c.record<s.Controls>({
  latches: c.nullable(c.list(latchCodec, 10_000)),
  locks: c.nullable(c.list(lockCodec, 10_000)),
  modes: c.nullable(c.list(modeSettingCodec, 10_000)),
  desks: c.nullable(c.list(deskCodec, 1_000)),
  models: c.nullable(c.list(modelCodec, 1_000)),
  arms: c.list(armCodec, 1_000),
  approvals: c.list(humanApprovalCodec, 10_000),
  blackouts: c.nullable(c.list(blackoutCodec, 10_000)),
  operatorExit: c.flag,
  runtime: runtimeCodec,
});
