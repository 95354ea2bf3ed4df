/** Folds what a journal remembers back into an empty engine. */
import { assert, type Price } from '#firewall';
import type { OrderReport } from './contract.ts';
import type { Core } from './core.ts';
import { accepted, venueOrderIdOf, type OpenOrder } from './open-order.ts';
import type { EngineRecord } from './records.ts';
import { rest } from './trading.ts';

export function restore(core: Core, records: Iterable<EngineRecord>): void {
  assert(core.orders === 0 && core.moves === 0, 'only an empty engine is restored');
  const orders = new Map<string, OpenOrder>();
  const cancels: Extract<EngineRecord, { kind: 'cancel' }>[] = [];
  for (const record of records) {
    if (record.kind === 'cancel') cancels.push(record);
    else if (record.kind === 'order') {
      const { number, order, at, arriveAt, reservedAt } = record;
      core.tick(at);
      core.orders = Math.max(core.orders, number);
      const open = accepted(number, order, { now: at, arriveAt, reservedAt });
      orders.set(venueOrderIdOf(number), open);
      core.blotter.put(open);
    } else applyEvent(core, orders, record);
  }
  for (const open of orders.values()) if (open.stage !== 'closed') resume(core, open);
  for (const { number, at } of cancels) {
    const open = orders.get(venueOrderIdOf(number));
    if (open !== undefined && open.stage !== 'closed')
      core.schedule.put({ at, kind: 'cancel', open });
  }
}

function applyEvent(
  core: Core,
  orders: ReadonlyMap<string, OpenOrder>,
  { event }: Extract<EngineRecord, { kind: 'event' }>,
): void {
  if (event.kind === 'cash') {
    core.tick(event.move.at);
    core.book(event.move);
    return;
  }
  if (event.kind === 'report') {
    core.tick(event.report.updatedAt);
    settleReport(core, orders, event.report);
    return;
  }
  const { fill } = event;
  core.tick(fill.at);
  const open = orders.get(fill.venueOrderId);
  assert(open !== undefined, 'a fill has an order');
  const fee = core.custody.trade({ ...fill, instrument: core.market(fill.symbol).instrument });
  assert(fee === fill.fee, 'a restored fill costs what it cost');
  core.count(open, fill);
}

function settleReport(
  core: Core,
  orders: ReadonlyMap<string, OpenOrder>,
  report: OrderReport,
): void {
  const { venueOrderId, state, reason, updatedAt } = report;
  const number = Number(venueOrderId.slice(2));
  core.orders = Math.max(core.orders, number);
  const open = orders.get(venueOrderId);
  if (open === undefined) core.blotter.put(refused(number, report));
  else if (state !== 'resting') core.shut(open, { state, reason, at: updatedAt });
}

/** An order that was refused at once left only its report; nothing else of it is ever asked for. */
const refused = (number: number, report: OrderReport): OpenOrder => ({
  ...accepted(
    number,
    {
      ...report,
      type: 'limit',
      tif: 'gtc',
      limitPrice: report.price,
      expiresAt: null,
      postOnly: false,
      reduceOnly: false,
    },
    { now: report.updatedAt, arriveAt: report.updatedAt, reservedAt: 0n as Price },
  ),
  stage: 'closed',
  state: report.state,
  reason: report.reason,
});

/** What would take at once waits for the first book; everything else is at the back of its queue again. */
function resume(core: Core, open: OpenOrder): void {
  const { order, arriveAt } = open;
  const market = core.market(order.symbol);
  if (order.expiresAt !== null) core.schedule.put({ at: order.expiresAt, kind: 'expire', open });
  if (arriveAt > core.now) core.schedule.put({ at: arriveAt, kind: 'arrive', open });
  else if (order.type === 'market' || order.tif === 'ioc' || order.tif === 'fok') {
    open.stage = 'fresh';
    market.fresh.push(open);
  } else rest(market, open, core.now);
}
