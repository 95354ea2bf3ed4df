/** The numbers of an order as a checkpoint holds them. */
import * as f from '#firewall';
import { REASONS, type Intent } from '../agents/algorithmic.ts';

const share = f.integer<f.Ppm>(-1_000_000_000, 1_000_000_000);
const price = f.fixed<f.Price>();

export const intentCodec: f.Codec<Intent> = f.record<Intent>({
  why: f.oneOf(REASONS),
  side: f.oneOf(f.SIDES),
  qty: f.fixed<f.Qty>(),
  limitPrice: price,
  stopPrice: f.nullable(price),
  targetPrice: f.nullable(price),
  expectedMove: share,
  confidence: share,
  reduceOnly: f.flag,
  horizonMs: f.integer<f.SpanMs>(0),
});

/** The order that an earlier step wrote; null where it wrote none. */
export function intentOf({ intent }: Readonly<{ intent: unknown }>): Intent | null {
  const decoded = f.decode(f.nullable(intentCodec), intent);
  f.assert(decoded.ok, 'what one step wrote, the next can read');
  return decoded.value;
}
