/** Rules that answer yes or no show what was found beside what was wanted, and tell the two apart. */
import { describe, expect, test } from 'vitest';
import { RULES, type Case } from '#firewall';
import { PROVERS } from '../../../firewall/proofs.ts';
import { baseCase, sellCase } from '../../../firewall/proofs/base.ts';
import { withInstrument } from '../../../firewall/proofs/vary.ts';
import { checkOf } from '../check-of.ts';
import { defaultPolicy } from '../policy-fixture.ts';

const policy = defaultPolicy();
const base = baseCase(policy);

const proved = RULES.filter(({ unit, notApplicable }) => unit === 'flag' && notApplicable === null);
test.each(proved.map(({ id }) => id))(
  '%s: equal where it passes, unequal where it refuses',
  (id) => {
    const proof = PROVERS[id]?.(policy);
    if (proof === undefined) throw new Error(`no proof of ${id}`);
    const passing = checkOf(proof.passes, id);
    const refusing = checkOf(proof.refuses, id);
    expect(passing.observed).toBe(passing.limit);
    expect(refusing.observed).not.toBe(refusing.limit);
    expect(refusing.limit).toBe(passing.limit);
  },
);

describe('integrity, authority and permission', () => {
  test.each(['A1', 'A2', 'A4', 'A8', 'B9', 'B12'])('%s wants yes, and finds yes or no', (id) => {
    const proof = PROVERS[id]?.(policy);
    expect(checkOf(proof?.passes as Case, id)).toMatchObject({ observed: true, limit: true });
    expect(checkOf(proof?.refuses as Case, id)).toMatchObject({ observed: false, limit: true });
  });

  test('A9 wants an id that was not decided before', () => {
    const proof = PROVERS['A9']?.(policy);
    expect(checkOf(proof?.passes as Case, 'A9')).toMatchObject({ observed: false, limit: false });
    expect(checkOf(proof?.refuses as Case, 'A9')).toMatchObject({ observed: true, limit: false });
    const short = withInstrument(base, { clientIdLengthMax: 3 });
    expect(checkOf(short, 'A9')).toMatchObject({ status: 'fail', observed: null, limit: false });
  });

  test('B9 and B12 find no in every way of failing', () => {
    const unmargined = withInstrument(base, { marginMode: 'none' });
    expect(checkOf(unmargined, 'B9')).toMatchObject({ observed: false, limit: true });
    expect(checkOf(sellCase(policy), 'B9')).toMatchObject({ observed: true, limit: true });
    for (const part of ['account', 'venue', 'network', 'currency'] as const) {
      const c = { ...base, account: { ...base.account, [part]: 'OTHER' } } as Case;
      expect(checkOf(c, 'B12')).toMatchObject({ observed: false, limit: true, note: part });
    }
    const abroad = withInstrument(base, { venue: 'other' });
    expect(checkOf(abroad, 'B12')).toMatchObject({ observed: false, limit: true });
  });
});
