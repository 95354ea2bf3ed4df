/** New York wall time to universal time, by the daylight-saving rules of 1987 and of 2007. */

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds since the epoch; null for what is no time, or happens never or twice on that day. */
export function newYorkTime(text: string): number | null {
  const match = LOCAL.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  // A day that does not exist rolls over into one that does: it must print as it was written.
  const printed = new Date(local).toISOString().slice(0, text.length);
  if (printed !== text || year < 1987) return null;
  const { starts, ends } = daylight(year);
  // From two to three in spring nothing happens; from one to two in autumn everything happens twice.
  if (local >= starts && local < starts + HOUR_MS) return null;
  if (local >= ends - HOUR_MS && local < ends) return null;
  return local + (local >= starts && local < ends ? 4 : 5) * HOUR_MS;
}

/** Wall times, read as if they were universal, at which the clocks are moved: two in the morning both times. */
function daylight(year: number): Readonly<{ starts: number; ends: number }> {
  const from2007 = year >= 2007;
  return {
    starts: (from2007 ? sunday(year, 2, 8) : sunday(year, 3, 1)) + 2 * HOUR_MS,
    ends: (from2007 ? sunday(year, 10, 1) : sunday(year, 9, 25)) + 2 * HOUR_MS,
  };
}

/** The first Sunday on or after a date. */
function sunday(year: number, month: number, day: number): number {
  const date = Date.UTC(year, month, day);
  return date + ((7 - new Date(date).getUTCDay()) % 7) * DAY_MS;
}
