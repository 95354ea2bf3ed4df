/** What a desk does when its model could not decide: the rules of the algorithmic agent, or nothing new. */
import { look, type Intent, type Sight } from './algorithmic.ts';
import type { DecisionEnd, Fallback } from './contract.ts';

export type FellBack = Readonly<{ end: DecisionEnd; intent: Intent | null }>;

/** Exits that protect: no model is asked about them, and no broken model stands in their way. */
export function protectiveExit(sight: Sight): Intent | null {
  const intent = look(sight);
  return intent?.why === 'EXIT_STOP' || intent?.why === 'EXIT_PROTECTIVE' ? intent : null;
}

/** `code` says why the model's decision is not there. */
export function fallBack(fallback: Fallback, sight: Sight, code: string): FellBack {
  const intent = fallback === 'algorithmic' ? look(sight) : protectiveExit(sight);
  if (intent === null)
    return {
      end: { kind: 'none', by: fallback === 'algorithmic' ? 'algorithmic' : 'house', code },
      intent,
    };
  const { horizonMs } = intent;
  return { end: { kind: 'propose', by: 'algorithmic', plan: null, horizonMs }, intent };
}
