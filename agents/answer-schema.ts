/** The JSON schema that an answer is constrained to: zod's own, narrowed to what was shown in this very call. */
import { z } from 'zod';
import type { JsonSchema } from './runtimes/contract.ts';

/** What each property may be in this call: a closed list of words or numbers. */
export type Narrowing = Readonly<Record<string, readonly (string | number)[]>>;

/** A model cannot tell 61 from 62; twenty-one steps are easier to learn, and every runtime can hold it to them. */
export const PERCENTS: readonly number[] = Array.from({ length: 21 }, (_, step) => step * 5);
/** Whole numbers from 1. */
export const upTo = (max: number): readonly number[] =>
  Array.from({ length: max }, (_, index) => index + 1);

type Property = Readonly<Record<string, unknown>>;

/**
 * Only `type`, `enum`, `items`, `minItems`, `maxItems`, `properties`, `required` and `additionalProperties` come out of
 * it: a grammar skips what it does not know, and says nothing.
 */
export function answerSchema(schema: z.ZodObject, narrowing: Narrowing): JsonSchema {
  const whole = z.toJSONSchema(schema) as Readonly<{ properties: Record<string, Property> }>;
  const properties = Object.entries(whole.properties).map(([name, property]) => [
    name,
    narrowed(property, narrowing[name]),
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as Record<string, Property>,
    required: Object.keys(whole.properties),
    additionalProperties: false,
  };
}

function narrowed(property: Property, choices: readonly (string | number)[] | undefined): Property {
  if (property['type'] === 'array') {
    const { minItems = 0, maxItems } = property;
    const items = narrowed(property['items'] as Property, choices);
    return { type: 'array', items, minItems, maxItems };
  }
  const type = property['type'] === 'integer' ? 'integer' : 'string';
  const words = choices ?? (property['enum'] as readonly string[] | undefined);
  if (words === undefined) throw new Error(`invariant broken: an answer's ${type} has no choices`);
  return { type, enum: words };
}
