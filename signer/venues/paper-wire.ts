/** What the paper venue answers, read strictly: a word that is not understood is no word. */
import * as f from '#firewall';
import type { VenueFact, VenueOrderState, VenueReply, VenueStanding } from '../contract.ts';

const STATES = ['resting', 'filled', 'cancelled', 'expired', 'rejected'] as const;
type State = (typeof STATES)[number];

const acked = f.record({
  kind: f.oneOf(['acked'] as const),
  venueOrderId: f.name,
  clientId: f.name,
  state: f.oneOf(STATES),
  at: f.time,
});
const rejected = f.record({
  kind: f.oneOf(['rejected'] as const),
  code: f.name,
  detail: f.words(2_000),
  at: f.time,
});
export const replyCodec: f.Codec<VenueReply> = {
  read: (value, at) => {
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null;
    if (kind === 'rejected') {
      const { code } = rejected.read(value, at);
      return { kind: 'rejected', code };
    }
    const { venueOrderId, state } = acked.read(value, at);
    return { kind: 'acked', venueOrderId, state };
  },
  write: () => null,
};

type Report = Readonly<{
  venueOrderId: string;
  clientId: string;
  account: string;
  symbol: string;
  side: f.Side;
  state: State;
  qty: f.Qty;
  filled: f.Qty;
  price: f.Price | null;
  reason: string | null;
  updatedAt: f.TimeMs;
}>;
const reportCodec: f.Codec<Report> = f.record<Report>({
  venueOrderId: f.name,
  clientId: f.name,
  account: f.name,
  symbol: f.symbolName,
  side: f.oneOf(f.SIDES),
  state: f.oneOf(STATES),
  qty: f.fixed<f.Qty>(),
  filled: f.fixed<f.Qty>(),
  price: f.nullable(f.fixed<f.Price>()),
  reason: f.nullable(f.name),
  updatedAt: f.time,
});

export const orderCodec: f.Codec<Readonly<{ order: Report | null }>> = f.record({
  order: f.nullable(reportCodec),
});
export const orderState = ({ order }: Readonly<{ order: Report | null }>): VenueOrderState | null =>
  order === null
    ? null
    : {
        clientId: order.clientId,
        venueOrderId: order.venueOrderId,
        state: order.state,
        symbol: order.symbol,
      };

export const timeCodec = f.record({ now: f.time });

const accountCodec = f.record({
  account: f.record({
    account: f.name,
    cash: f.fixed<f.Money>(),
    positions: f.list(
      f.record({
        symbol: f.symbolName,
        qty: f.fixed<f.Qty>(),
        entryPrice: f.fixed<f.Price>(),
      }),
      10_000,
    ),
    open: f.list(reportCodec, 100_000),
  }),
});
export const standingCodec: f.Codec<VenueStanding> = {
  read: (value, at) => {
    const { account } = accountCodec.read(value, at);
    return {
      open: account.open.map(({ clientId, symbol }) => ({ clientId, symbol })),
      positions: account.positions.map(({ symbol, qty }) => ({ symbol, qty })),
    };
  },
  write: () => null,
};

const fillCodec = f.record({
  tradeId: f.name,
  venueOrderId: f.name,
  clientId: f.name,
  account: f.name,
  symbol: f.symbolName,
  side: f.oneOf(f.SIDES),
  price: f.fixed<f.Price>(1n),
  qty: f.fixed<f.Qty>(1n),
  fee: f.fixed<f.Money>(),
  liquidity: f.oneOf(['maker', 'taker'] as const),
  at: f.time,
});
const moveCodec = f.record({
  id: f.name,
  account: f.name,
  amount: f.fixed<f.Money>(),
  kind: f.oneOf(['deposit', 'withdrawal', 'funding'] as const),
  symbol: f.nullable(f.symbolName),
  at: f.time,
});

type Told =
  | Readonly<{ kind: 'report'; report: Report }>
  | Readonly<{ kind: 'fill'; fill: ReturnType<typeof fillCodec.read> }>
  | Readonly<{ kind: 'cash'; move: ReturnType<typeof moveCodec.read> }>;

const lineCodec = f.record({
  sequence: f.integer(1),
  event: f.variant<Told>({
    report: f.record({ kind: f.oneOf(['report'] as const), report: reportCodec }),
    fill: f.record({ kind: f.oneOf(['fill'] as const), fill: fillCodec }),
    cash: f.record({ kind: f.oneOf(['cash'] as const), move: moveCodec }),
  }),
});

/** One line of the private stream; null for what is no such line, or is about another account. */
export function factOf(
  line: string,
  account: string,
): Readonly<{ sequence: number; fact: VenueFact }> | null {
  const read = f.decodeText(lineCodec, line, 65_536);
  if (!read.ok) return null;
  const { sequence, event } = read.value;
  switch (event.kind) {
    case 'report': {
      const { clientId, symbol, state, reason, account: whose } = event.report;
      const fact = { kind: 'report', clientId, symbol, state, reason } as const;
      return whose === account ? { sequence, fact } : null;
    }
    case 'fill': {
      const { venueOrderId: _order, account: whose, ...fill } = event.fill;
      const fact = { kind: 'fill', fill: { kind: 'fill', ...fill } } as const;
      return whose === account ? { sequence, fact } : null;
    }
    case 'cash': {
      const { account: whose, kind: reason, ...move } = event.move;
      const fact = { kind: 'cash', move: { kind: 'cash', reason, ...move } } as const;
      return whose === account ? { sequence, fact } : null;
    }
  }
}
