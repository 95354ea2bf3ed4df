/** The JSON schema that an answer is constrained to: zod's own, narrowed to what was shown in this very call. */
import { z } from 'zod';
import { assert } from '#firewall';
import type { JsonSchema } from './runtimes/contract.ts';

/** What each property may be in this call: a closed list of words or numbers. */
export type Narrowing = Readonly<Record<string, readonly (string | number)[]>>;

/** Whole numbers from 1. */
export const upTo = (max: number): readonly number[] =>
  Array.from({ length: max }, (_, index) => index + 1);

type Property = Readonly<Record<string, unknown>>;

/**
 * Nothing comes out of it but closed lists, bounded integers, and arrays and objects of these: a grammar skips what it
 * does not know, and says nothing.
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
  const words = choices ?? (property['enum'] as readonly string[] | undefined);
  if (property['type'] === 'integer') {
    const { minimum, maximum } = property;
    return words === undefined
      ? { type: 'integer', minimum, maximum }
      : { type: 'integer', enum: words };
  }
  assert(words !== undefined, 'an answer holds no text of its own');
  return { type: 'string', enum: words };
}

/**
 * A schema that has been through a canonical record, whose keys are sorted, with its properties in the order in which they
 * were asked for: a grammar speaks them in order, so in another order the same weights would say something else.
 */
export function inAskedOrder(schema: JsonSchema): JsonSchema {
  const { properties, required } = schema;
  if (typeof properties !== 'object' || properties === null || !Array.isArray(required))
    return schema;
  const known = properties as Record<string, unknown>;
  const names = [...(required as string[]), ...Object.keys(known)];
  const ordered = names.flatMap((name) =>
    Object.hasOwn(known, name) ? [[name, known[name]] as const] : [],
  );
  return { ...schema, properties: Object.fromEntries(ordered) };
}
