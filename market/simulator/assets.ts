/** The simulated coins: where they start, how wild they are, and how deep their books are. */
import { assert } from '#firewall';

export type Asset = Readonly<{
  base: string;
  /** The words for it in a headline. */
  names: readonly [string, ...string[]];
  price: number;
  /** Standard deviation of a day's log return in a normal regime. */
  volatilityDay: number;
  /** Correlation with the common factor of the market. */
  correlation: number;
  /** How much of a scripted market-wide shock it takes. */
  beta: number;
  /** Half of the normal spread, and the distance between levels, as shares of the price. */
  halfSpread: number;
  levelGap: number;
  /** Quote currency on a normal level, and traded on a normal day, at the spot market. */
  levelNotional: number;
  dayNotional: number;
}>;

const ASSETS: readonly Asset[] = [
  {
    base: 'BTC',
    names: ['Bitcoin', 'BTC'],
    price: 60_000,
    volatilityDay: 0.025,
    correlation: 0.85,
    beta: 1,
    halfSpread: 0.000_04,
    levelGap: 0.000_05,
    levelNotional: 150_000,
    dayNotional: 1_200_000_000,
  },
  {
    base: 'ETH',
    names: ['Ether', 'ETH'],
    price: 3_000,
    volatilityDay: 0.032,
    correlation: 0.8,
    beta: 1.2,
    halfSpread: 0.000_05,
    levelGap: 0.000_06,
    levelNotional: 100_000,
    dayNotional: 600_000_000,
  },
  {
    base: 'SOL',
    names: ['Solana', 'SOL'],
    price: 150,
    volatilityDay: 0.042,
    correlation: 0.7,
    beta: 1.5,
    halfSpread: 0.000_1,
    levelGap: 0.000_1,
    levelNotional: 60_000,
    dayNotional: 300_000_000,
  },
  {
    base: 'USDC',
    names: ['USDC', 'the stablecoin USDC'],
    price: 1,
    volatilityDay: 0.000_3,
    correlation: 0,
    beta: 0,
    halfSpread: 0.000_05,
    levelGap: 0.000_1,
    levelNotional: 500_000,
    dayNotional: 400_000_000,
  },
];

export function assetOf(base: string): Asset {
  const asset = ASSETS.find((candidate) => candidate.base === base);
  assert(asset !== undefined, `the simulator knows the asset ${base}`);
  return asset;
}
