/** What the desk decided lately, what the firewall said to it, and what came of it. */
import { z } from 'zod';
import type { Fact, PastDecision, Tool } from './contract.ts';
import { heardWord, numberFact, sorted } from './facts.ts';

const input = z.strictObject({ count: z.int().min(1).max(9) });
type Input = z.infer<typeof input>;

const BPS = { unit: 'bps', digits: 1 } as const;
const COUNT = { unit: 'count', digits: 0 } as const;
const PERCENT = { unit: 'percent', digits: 0 } as const;

export const recentDecisions: Tool<Input> = {
  name: 'recent_decisions',
  description: 'The desk’s own last decisions: action, verdict, refusal code and outcome.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    'N.action': ['word', 'what was decided, 1 is the latest'],
    'N.code': ['word', 'first code of a refusal'],
    'N.minutes': ['count', 'since then'],
    'N.outcome': ['bps', 'move since, in the favour of the action'],
    'N.verdict': ['word', 'approved, held, refused or none'],
    count: ['count', 'decisions looked at'],
    hit_rate: ['percent', 'of those with a known outcome, how many went well'],
    refused: ['count', 'of these decisions'],
  },
  codes: [],
  async run({ count }, { ports, desk, symbol, now }) {
    const past = ports.account
      .recent(desk, now, count)
      .filter((decision) => decision.symbol === symbol);
    return {
      ok: true,
      asOf: past.reduce((newest, { at }) => (at > newest ? at : newest), past[0]?.at ?? now),
      facts: sorted([
        ...past.flatMap((one, index) => factsOf(one, index + 1, now)),
        ...summary(past),
      ]),
      evidence: [],
      texts: [],
    };
  },
};

function factsOf(
  { at, action, verdict, code, outcome }: PastDecision,
  place: number,
  now: number,
): readonly (Fact | null)[] {
  const name = `recent_decisions.${place}`;
  return [
    heardWord(`${name}.action`, action),
    heardWord(`${name}.code`, code),
    numberFact(`${name}.minutes`, Math.floor((now - at) / 60_000), COUNT),
    numberFact(`${name}.outcome`, outcome === null ? null : outcome / 100, BPS),
    heardWord(`${name}.verdict`, verdict),
  ];
}

function summary(past: readonly PastDecision[]): readonly (Fact | null)[] {
  const known = past.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
  const good = known.filter((outcome) => outcome > 0).length;
  return [
    numberFact('recent_decisions.count', past.length, COUNT),
    numberFact(
      'recent_decisions.hit_rate',
      known.length === 0 ? null : (good / known.length) * 100,
      PERCENT,
    ),
    numberFact(
      'recent_decisions.refused',
      past.filter(({ verdict }) => verdict === 'refused').length,
      COUNT,
    ),
  ];
}
