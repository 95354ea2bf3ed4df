/** Each fault, and what the venue knows afterwards: the answer is one thing, what happened another. */
import type { Ppm } from '#firewall';
import { expect, it } from 'vitest';
import { FAULTS, type Fault } from '../../exchange/contract.ts';
import { FaultSwitch } from '../../exchange/faults.ts';
import { at, BOOK, PERP, price } from './fixtures.ts';
import { running } from './server-fixture.ts';
import { requestOf, sign } from './venue-fixture.ts';

const always = (fault: Fault) => ({ fault, probability: 1_000_000 as Ppm, seed: 1 });
const post = async (fault: Fault, deadline = 60_000) => {
  const on = await running({ hangMs: 5, lateMs: 5 });
  on.server.setFault(always(fault));
  const signed = sign(requestOf({ deadline: at(deadline) }, { clientId: 'a' }));
  const said = on.post('/v1/order', signed);
  return { on, said, signed };
};

it('timeout-before: no answer, and nothing happened', async () => {
  const { on, said, signed } = await post('timeout-before');
  await expect(said).rejects.toThrow();
  expect(on.venue.engine.order('main', 'a')).toBeNull();
  on.server.setFault(always('none'));
  expect(await on.post('/v1/order', signed)).toMatchObject({ json: { kind: 'acked' } });
  await on.server.close();
});

it('timeout-after: no answer, and the order stands; the same bytes again are refused', async () => {
  const { on, said, signed } = await post('timeout-after');
  await expect(said).rejects.toThrow();
  expect(on.venue.engine.order('main', 'a')).toMatchObject({ state: 'resting' });
  on.server.setFault(always('none'));
  expect(await on.post('/v1/order', signed)).toMatchObject({ json: { code: 'NONCE_REPLAYED' } });
  await on.server.close();
});

it('duplicate: delivered twice, executed once', async () => {
  const { on, said } = await post('duplicate');
  expect(await said).toMatchObject({ status: 200, json: { kind: 'acked' } });
  expect(on.venue.engine.account('main')?.open).toHaveLength(1);
  expect(on.venue.engine.orders('main')).toHaveLength(1);
  await on.server.close();
});

it('late: still good before its deadline', async () => {
  const { on, said } = await post('late');
  expect(await said).toMatchObject({ json: { kind: 'acked' } });
  await on.server.close();
});

it('late: refused when the venue clock has passed its deadline', async () => {
  const { on, said } = await post('late', 10);
  on.clock.now = at(11);
  expect(await said).toMatchObject({ json: { kind: 'rejected', code: 'DEADLINE_PASSED' } });
  await on.server.close();
});

it('reject: refused without being looked at, so the bytes are still good', async () => {
  const { on, said, signed } = await post('reject');
  expect(await said).toMatchObject({ status: 422, json: { code: 'VENUE_REJECTED' } });
  on.server.setFault(always('none'));
  expect(await on.post('/v1/order', signed)).toMatchObject({ json: { kind: 'acked' } });
  await on.server.close();
});

it('stale-read: answers from when the fault began, until it ends', async () => {
  await using on = await running();
  on.server.setFault(always('stale-read'));
  await on.post('/v1/order', sign(requestOf({}, { clientId: 'a', limitPrice: price('100.1') })));
  on.clock.now = at(2);
  on.venue.book(PERP.symbol, BOOK);
  const order = () => on.get('/v1/order?account=main&clientId=a');
  const fills = async () => (await on.get('/v1/fills?account=main')).json['fills'];
  const account = async () => (await on.get('/v1/account?account=main')).json['account'];
  expect((await order()).json).toEqual({ order: null });
  expect(await fills()).toEqual([]);
  expect(await account()).toMatchObject({ cash: '100000', positions: [] });
  on.server.setFault(always('none'));
  expect((await order()).json).toMatchObject({ order: { state: 'filled' } });
  expect(await fills()).toHaveLength(1);
  expect(await account()).toMatchObject({ positions: [{ qty: '1' }] });
});

it('the switch is reached from outside only where that was allowed', async () => {
  await using on = await running({ faultsAllowed: true });
  expect(await on.post('/v1/fault', always('reject'))).toMatchObject({ status: 200 });
  expect((await on.get('/v1/health')).json).toMatchObject({ fault: 'reject' });
  expect(await on.post('/v1/fault', { fault: 'reject' })).toMatchObject({ status: 400 });
  await using shut = await running();
  expect(await shut.post('/v1/fault', always('reject'))).toMatchObject({ status: 404 });
});

it('the same seed strikes the same requests, about as often as asked', () => {
  const strikes = (seed: number) => {
    const faults = new FaultSwitch();
    faults.set({ fault: 'reject', probability: 250_000 as Ppm, seed });
    return Array.from({ length: 1_000 }, () => faults.next('write'));
  };
  expect(strikes(5)).toEqual(strikes(5));
  expect(strikes(5)).not.toEqual(strikes(6));
  const hit = strikes(5).filter((fault) => fault === 'reject').length;
  expect(hit).toBeGreaterThan(200);
  expect(hit).toBeLessThan(300);
});

it('reads are only ever stale, writes are everything else', () => {
  for (const fault of FAULTS) {
    const faults = new FaultSwitch();
    faults.set(always(fault));
    expect(faults.next('read')).toBe(fault === 'stale-read' ? fault : 'none');
    expect(faults.next('write')).toBe(fault === 'stale-read' ? 'none' : fault);
  }
});
