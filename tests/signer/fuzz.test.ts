/** Whatever comes in, only an exact approval is signed: a refusal is always correct here, and a throw never is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as f from '#firewall';
import { vaultRequestCodec } from '../../signer/vault-wire.ts';
import { approve, marketAt, NOW, orderNumber, seal, gate, desk } from './letters.ts';
import { baseConfig, freshDisk, vaultOn } from './vault-kit.ts';

const good = approve(orderNumber(1), 1, baseConfig.policyHash);
const message = (): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(
      vaultRequestCodec.write({
        kind: 'sign',
        id: 1,
        approval: good.approval,
        proposal: good.proposal,
        market: marketAt(NOW),
        now: NOW,
      }),
    ),
  ) as Record<string, unknown>;

const silent = (vault: ReturnType<typeof vaultOn>, given: unknown): void => {
  const answer = vault.tell(given);
  expect(answer.kind).not.toBe('signed');
};

describe('the vault’s mouth', () => {
  it('answers anything with a refusal', () => {
    const vault = vaultOn(freshDisk());
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.json()), (given) => silent(vault, given)));
    expect(vault.deaths).toEqual([]);
  });

  it('answers a request with any one field replaced by anything else with no signature', () => {
    const vault = vaultOn(freshDisk());
    // The market and the hour are what they are; the rest is under a seal.
    const fields = ['kind', 'approval', 'proposal'];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.anything(), (field, value) =>
        silent(vault, { ...message(), [field]: value }),
      ),
    );
  });
});

/** Changed at one place of its text, and sealed again by nobody. */
const mutated = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length - 1), fc.string({ minLength: 0, maxLength: 3 }))
    .map(([at, piece]) => text.slice(0, at) + piece + text.slice(at + 1))
    .filter((changed) => changed !== text);

describe('a corpus of changed approvals', () => {
  it('with a broken seal is never signed', () => {
    const vault = vaultOn(freshDisk());
    fc.assert(
      fc.property(
        fc.constantFrom('approval', 'proposal'),
        fc.constantFrom('body', 'signature', 'from'),
        fc.infiniteStream(fc.nat()),
        (letter, part, numbers) => {
          const given = message();
          const envelope = given[letter] as Record<string, string>;
          const text = envelope[part] ?? '';
          const at = (numbers.next().value ?? 0) % text.length;
          const code = text.charCodeAt(at) ^ (1 << ((numbers.next().value ?? 0) % 7));
          envelope[part] = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
          silent(vault, given);
        },
      ),
    );
  });

  it('sealed by the gate itself, but not canonical, incomplete or about something else, is never signed', () => {
    fc.assert(
      fc.property(mutated(good.approval.body), (body) => {
        const vault = vaultOn(freshDisk());
        // A gate that seals a changed number is a gate that approves something else: the ids must not fit.
        const fits = /"(?:sequence|expiresAt|notBefore|nonce|stateVersion|ledgerHead|marketHash)"/;
        const changed = body.replace(fits, '');
        if (changed === good.approval.body) return;
        const given = { ...message(), approval: seal('approval', body, gate) };
        const answer = vault.tell(given);
        if (answer.kind !== 'signed') return;
        // What is signed all the same differs only in what binds the gate alone.
        const signed = JSON.parse(body) as f.Approval;
        expect({ ...good.value, ...signed, ...boundToGate }).toEqual({
          ...good.value,
          ...boundToGate,
        });
      }),
    );
  });

  it('with a proposal sealed anew after a change is never signed', () => {
    const vault = vaultOn(freshDisk());
    fc.assert(
      fc.property(mutated(good.proposal.body), (body) =>
        silent(vault, { ...message(), proposal: seal('proposal', body, desk) }),
      ),
    );
  });
});

const boundToGate = {
  sequence: 1,
  expiresAt: 0,
  notBefore: 0,
  nonce: '',
  stateVersion: 1,
  ledgerHead: '',
  marketHash: '',
};
