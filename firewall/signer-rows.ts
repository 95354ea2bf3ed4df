/** Family J, the signer's rows: they bite behind the second door, so the policy report names where, or why not. */

export type SignerRow = Readonly<{
  /** Row of the specification, such as `J1`. */
  id: string;
  name: string;
  /** One sentence: what it demands. */
  title: string;
  /** Code of the refusal or of the halt. */
  code: string;
  /** The files in which it is done; empty for a row that cannot apply here. */
  where: readonly string[];
  /** Why the row cannot apply here; null when it is done. */
  notApplicable: string | null;
}>;

/** The rules that the vault judges again, on a market view that is fresh at the moment of signing. */
export const RECHECKED = ['A7', 'C1', 'C3', 'D1', 'D4', 'H1'] as const;

export const SIGNER_ROWS: readonly SignerRow[] = Object.freeze([
  {
    id: 'J1',
    name: 'approval-token',
    title:
      "The gate's own signature binds one approval to the proposal's hash, the policy's hash, the state version and an end of a few seconds; it is spent once.",
    code: 'APPROVAL_FORGED',
    where: ['firewall/approval.ts', 'signer/approval-check.ts'],
    notApplicable: null,
  },
  {
    id: 'J2',
    name: 'recheck-at-send',
    title: `${RECHECKED.join(', ')} are judged again by the same rules on the freshest market view.`,
    code: 'RECHECK_REFUSED',
    where: ['firewall/recheck.ts', 'signer/vault.ts'],
    notApplicable: null,
  },
  {
    id: 'J3',
    name: 'key-scope',
    title:
      'The vault can sign orders and cancels and nothing else, with the one address and the one network that its configuration pins.',
    code: 'APPROVAL_FOREIGN',
    where: ['signer/keystore.ts', 'signer/approval-check.ts', 'signer/venues/paper.ts'],
    notApplicable: null,
  },
  {
    id: 'J4',
    name: 'order-conservation',
    title:
      'One approval makes one signed request: the same one again is the stored one, and any other is a conflict that halts.',
    code: 'APPROVAL_CONFLICT',
    where: ['signer/vault.ts', 'signer/vault-state.ts'],
    notApplicable: null,
  },
  {
    id: 'J5',
    name: 'dead-man-switch',
    title: 'The venue cancels what is left when we fall silent.',
    code: 'DEAD_MAN_DISARMED',
    where: [],
    notApplicable:
      'The paper venue has no countdown to arm. H5 refuses entries at a venue whose switch is reported disarmed.',
  },
  {
    id: 'J6',
    name: 'fill-reconciliation',
    title:
      "The venue's own stream of fills is folded into the ledger apart from the answers to our requests, and a contradiction between them halts (F18).",
    code: 'FILL_ANOMALY',
    where: ['signer/courier.ts', 'firewall/rules/behaviour.ts'],
    notApplicable: null,
  },
  {
    id: 'J7',
    name: 'kill-order',
    title:
      'A kill latches first, durably; cancels come after it, and flattening is a separate decision. A failure keeps the latch.',
    code: 'SIGNER_HALTED',
    where: ['signer/vault.ts', 'firewall/rules/system.ts'],
    notApplicable: null,
  },
]);
