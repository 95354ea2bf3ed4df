/** How far back the policy in force looks, and so how much of the recent past a fold must keep. */
import {
  DAY_MS,
  decodePolicy,
  longestWindow,
  lossWindow,
  RULES,
  type Json,
  type Policy,
  type TimeMs,
} from '#firewall';

export type Windows = Readonly<{
  /** What is older than this no rule asks for. */
  recentMs: number;
  /** The longest that the loss-velocity rule may look back. */
  velocityMs: number;
  policy: Policy | null;
}>;

/** Generous until a policy says otherwise. */
export const WINDOWS: Windows = { recentMs: 2 * DAY_MS, velocityMs: 3_600_000, policy: null };

export function windowsOf(policy: Policy): Windows {
  // A temporary change may start a longer window at any of these moments.
  const moments = [0 as TimeMs, ...policy.temporary.map((change) => (change.until - 1) as TimeMs)];
  return {
    recentMs: Math.max(WINDOWS.recentMs, longestWindow(policy)),
    velocityMs: Math.max(...moments.map((at) => lossWindow(policy, at))),
    policy,
  };
}

/** The windows of a recorded policy document; the widest defaults when it is none of ours. */
export function windowsOfDocument(document: Json): Windows {
  const decoded = decodePolicy(document, RULES);
  return decoded.ok ? windowsOf(decoded.policy) : WINDOWS;
}

/** Over how long the highest equity counts at a moment. */
export const velocityAt = ({ policy, velocityMs }: Windows, now: TimeMs): number =>
  policy === null ? velocityMs : lossWindow(policy, now);
