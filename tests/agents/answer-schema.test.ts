/** What a runtime is told to hold an answer to: closed, in order, narrowed to the call, and no wider than what is checked after. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalText, type Json } from '#firewall';
import { answerSchema, inAskedOrder, upTo } from '../../agents/answer-schema.ts';
import { planSchema, sentimentSchema, technicalSchema } from '../../agents/contract.ts';

const technical = answerSchema(technicalSchema, {
  invalidation: ['atr1_below', 'none'],
  cites: ['indicators.rsi14'],
});
const sentiment = answerSchema(sentimentSchema, { items: upTo(3) });
const plan = answerSchema(planSchema, { stop: ['none'], target: ['none'] });

describe('a schema', () => {
  it('is narrowed to what was shown, and closed', () => {
    expect(technical).toEqual({
      type: 'object',
      properties: {
        bias: { type: 'string', enum: ['long', 'short', 'flat'] },
        strength: { type: 'integer', minimum: 0, maximum: 100 },
        confidence: { type: 'integer', minimum: 0, maximum: 100 },
        invalidation: { type: 'string', enum: ['atr1_below', 'none'] },
        cites: {
          type: 'array',
          items: { type: 'string', enum: ['indicators.rsi14'] },
          minItems: 1,
          maxItems: 4,
        },
      },
      required: ['bias', 'strength', 'confidence', 'invalidation', 'cites'],
      additionalProperties: false,
    });
    expect(sentiment).toMatchObject({
      properties: {
        items: {
          type: 'array',
          items: { type: 'integer', enum: [1, 2, 3] },
          minItems: 0,
          maxItems: 5,
        },
      },
    });
  });
  it('with a text that is free to say anything is our own bug', () => {
    expect(() => answerSchema(technicalSchema, { cites: ['a'] })).toThrow('no text of its own');
  });
  it.each([
    ['sentiment', sentiment, sentimentSchema],
    ['technical', technical, technicalSchema],
    ['plan', plan, planSchema],
  ])('of %s lets nothing through that is not an answer', (_what, narrow, wide) => {
    const properties = narrow['properties'] as Readonly<Record<string, Shape>>;
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, valuesOf(v)]))),
        (answer) => {
          expect(z.fromJSONSchema(narrow).safeParse(answer).success).toBe(true);
          expect(wide.safeParse(answer).success).toBe(true);
        },
      ),
    );
  });
});

type Shape = Readonly<{
  type: string;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  items?: Shape;
  minItems?: number;
  maxItems?: number;
}>;
function valuesOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.items !== undefined)
    return fc.array(valuesOf(shape.items), {
      minLength: shape.minItems ?? 0,
      maxLength: shape.maxItems ?? 0,
    });
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  return fc.integer({ min: shape.minimum ?? 0, max: shape.maximum ?? 0 });
}

it('comes back from a record in the order that it was asked in', () => {
  for (const schema of [technical, sentiment, plan]) {
    const kept = JSON.parse(canonicalText(schema as Json)) as typeof schema;
    expect(JSON.stringify(kept['properties'])).not.toBe(JSON.stringify(schema['properties']));
    expect(Object.keys(inAskedOrder(kept)['properties'] as object)).toEqual(schema['required']);
    expect(inAskedOrder(kept)).toEqual(schema);
  }
  expect(inAskedOrder({ type: 'string' })).toEqual({ type: 'string' });
});
