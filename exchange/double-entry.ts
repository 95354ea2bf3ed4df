/** The venue's books of account: every movement leaves one account and enters another, so each asset sums to zero. */
import { assert, floorDiv } from '#firewall';

/** The counter-accounts of the house; a trader's own account is `trader:NAME`. */
export const HOUSE = {
  outside: 'outside',
  venue: 'venue',
  fees: 'fees',
  funding: 'funding',
  rounding: 'rounding',
} as const;

export const traderOf = (account: string): string => `trader:${account}`;

export type AssetTotal = Readonly<{ asset: string; total: bigint }>;

export class DoubleEntry {
  readonly #balances = new Map<string, Map<string, bigint>>();

  balance(asset: string, account: string): bigint {
    return this.#balances.get(asset)?.get(account) ?? 0n;
  }

  /** A negative amount moves the other way. */
  transfer(asset: string, from: string, to: string, amount: bigint): void {
    assert(from !== to, 'money moves between two accounts');
    this.#add(asset, from, -amount);
    this.#add(asset, to, amount);
  }

  /**
   * Moves numerator / denominator from a trader to a house account: the trader pays the amount rounded up
   * (or is paid it rounded down), the house account has it rounded the other way, and what lies between
   * is booked as rounding, so nothing is made and nothing is lost.
   */
  settle(
    asset: string,
    trader: string,
    house: string,
    exact: Readonly<{ numerator: bigint; denominator: bigint }>,
  ): bigint {
    const low = floorDiv(exact.numerator, exact.denominator);
    const paid = low * exact.denominator === exact.numerator ? low : low + 1n;
    this.transfer(asset, trader, house, low);
    if (paid !== low) this.transfer(asset, trader, HOUSE.rounding, paid - low);
    return paid;
  }

  /** One total per asset; each is zero, or the books are broken. */
  totals(): readonly AssetTotal[] {
    return Array.from(this.#balances, ([asset, accounts]) => ({
      asset,
      total: accounts.values().reduce((sum, balance) => sum + balance, 0n),
    }));
  }

  #add(asset: string, account: string, amount: bigint): void {
    let accounts = this.#balances.get(asset);
    if (accounts === undefined) this.#balances.set(asset, (accounts = new Map()));
    accounts.set(account, (accounts.get(account) ?? 0n) + amount);
  }
}
