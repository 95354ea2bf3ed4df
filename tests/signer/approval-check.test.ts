/** Every way in which letters may not belong together, each with its own words. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import { checkLetters } from '../../signer/approval-check.ts';
import { opener } from '../../signer/seal.ts';
import type { VaultConfig } from '../../signer/vault-config.ts';
import { approve, desk, gate, keysOf, orderNumber, seal, type Letters } from './letters.ts';
import { baseConfig } from './vault-kit.ts';

const opens = opener();
const check = (letters: Letters, change: Partial<VaultConfig> = {}) =>
  checkLetters(letters, { ...baseConfig, ...change }, opens);
const order = orderNumber(1);
const good = approve(order, 1, baseConfig.policyHash);
const approved = (change: Partial<f.Approval>): Letters =>
  approve(order, 1, baseConfig.policyHash, change);
const stranger = keysOf('stranger');
const sealedBy = (value: f.Approval): f.Envelope =>
  seal('approval', f.textOf(f.approvalCodec, value), gate);
/** Another text of the proposal under an approval that fits its hash. */
const withText = (body: string): Letters => {
  const proposalHash = f.hashText(body);
  const id = f.approvalIdOf(proposalHash);
  return {
    approval: sealedBy({ ...good.value, proposalHash, id }),
    proposal: seal('proposal', body, desk),
  };
};

test('letters that belong together are opened', () => {
  expect(check(good)).toEqual({
    ok: true,
    approval: good.value,
    approvalHash: f.hashText(good.approval.body),
    proposal: order,
  });
});

describe('refuses', () => {
  const other = 'f'.repeat(32);
  const forged = seal('approval', good.approval.body, { ...stranger, name: 'gate' });
  const byAnother = seal('proposal', good.proposal.body, { ...stranger, name: 'desk-1' });
  test.each<[string, Letters, Partial<VaultConfig>, string, string]>([
    [
      'an approval under another name',
      { ...good, approval: { ...good.approval, from: 'gate-2' } },
      {},
      'APPROVAL_FORGED',
      'sealed by gate-2, not by gate',
    ],
    [
      'a forged seal',
      { ...good, approval: forged },
      {},
      'APPROVAL_FORGED',
      "the gate's seal does not fit",
    ],
    [
      'a seal of another kind',
      { ...good, approval: seal('outcome', good.approval.body, gate) },
      {},
      'APPROVAL_FORGED',
      "the gate's seal does not fit",
    ],
    [
      'an approval that is none',
      { ...good, approval: seal('approval', '{}', gate) },
      {},
      'APPROVAL_MALFORMED',
      'not the canonical text of an approval',
    ],
    [
      'another spelling of an approval',
      { ...good, approval: seal('approval', `${good.approval.body} `, gate) },
      {},
      'APPROVAL_MALFORMED',
      'not the canonical text of an approval',
    ],
    [
      'an id of its own',
      approved({ id: other }),
      {},
      'APPROVAL_MALFORMED',
      "the id does not follow from the proposal's hash",
    ],
    [
      'a proposal that is none',
      withText('{}'),
      {},
      'PROPOSAL_MISMATCH',
      'not the canonical text of a proposal',
    ],
    [
      'another spelling of a proposal',
      withText(`${good.proposal.body} `),
      {},
      'PROPOSAL_MISMATCH',
      'not the canonical text of a proposal',
    ],
    [
      'another proposal',
      { ...good, proposal: approve(orderNumber(2), 1, baseConfig.policyHash).proposal },
      {},
      'PROPOSAL_MISMATCH',
      'the gate approved another text',
    ],
    [
      'the id of another',
      approved({ proposalId: other }),
      {},
      'PROPOSAL_MISMATCH',
      'the approval names another proposal or symbol',
    ],
    [
      'the symbol of another',
      approved({ symbol: 'ETH/USDT' }),
      {},
      'PROPOSAL_MISMATCH',
      'the approval names another proposal or symbol',
    ],
    [
      'a proposal of another desk',
      { ...good, proposal: { ...good.proposal, from: 'desk-2' } },
      {},
      'PROPOSAL_FORGED',
      'sealed by desk-2, claims to be of desk-1',
    ],
    [
      'a seal of another desk',
      { ...good, proposal: byAnother },
      {},
      'PROPOSAL_FORGED',
      'the seal of desk-1 does not fit',
    ],
    [
      'a desk that is not pinned',
      good,
      { desks: {} },
      'PROPOSAL_FORGED',
      'the seal of desk-1 does not fit',
    ],
    [
      'a desk that is inherited',
      good,
      { desks: Object.create({ 'desk-1': desk.publicKey }) as Record<string, string> },
      'PROPOSAL_FORGED',
      'the seal of desk-1 does not fit',
    ],
    ['another network', good, { network: 'test' }, 'APPROVAL_FOREIGN', 'the network is another'],
    ['another account', good, { account: 'other' }, 'APPROVAL_FOREIGN', 'the account is another'],
    ['another venue', good, { venue: 'other' }, 'APPROVAL_FOREIGN', 'the venue is another'],
    [
      'an approval for another network',
      approved({ network: 'test' }),
      {},
      'APPROVAL_FOREIGN',
      'the network is another',
    ],
    [
      'an approval for another account',
      approved({ account: 'x' }),
      {},
      'APPROVAL_FOREIGN',
      'the account is another',
    ],
    [
      'an approval for another venue',
      approved({ venue: 'x' }),
      {},
      'APPROVAL_FOREIGN',
      'the venue is another',
    ],
    [
      'an approval of another’s order',
      approve(order, 1, baseConfig.policyHash, { account: 'x' }),
      { account: 'x' },
      'APPROVAL_FOREIGN',
      'the account is another',
    ],
    [
      'another policy',
      approved({ policyHash: f.hashText('x') }),
      {},
      'POLICY_MISMATCH',
      `judged by ${f.hashText('x')}, pinned is ${baseConfig.policyHash}`,
    ],
  ])('%s', (_, letters, change, code, detail) => {
    expect(check(letters, change)).toEqual({ ok: false, code, detail });
  });
});

test('without pinned desks the gate’s word is enough, but a name is still a name', () => {
  const unsealed = { ...good, proposal: { ...good.proposal, signature: '' } };
  expect(check(unsealed)).toMatchObject({ ok: false, code: 'PROPOSAL_FORGED' });
  expect(check(unsealed, { desks: null })).toMatchObject({ ok: true });
  const renamed = { ...good, proposal: { ...good.proposal, from: 'desk-2' } };
  expect(check(renamed, { desks: null })).toMatchObject({ code: 'PROPOSAL_FORGED' });
});
