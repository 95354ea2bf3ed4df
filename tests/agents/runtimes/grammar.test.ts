/** Grammars from schemas: what they let through is what the schema allows, and what they cannot hold they refuse. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { planSchema, sentimentSchema, technicalSchema } from '../../../agents/contract.ts';
import { RuntimeError, type JsonSchema } from '../../../agents/runtimes/contract.ts';
import { grammarOf } from '../../../agents/runtimes/grammar.ts';
import { takes } from './gbnf.ts';

const object = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

function codeOf(schema: JsonSchema): string {
  try {
    return grammarOf(schema);
  } catch (error) {
    return error instanceof RuntimeError ? error.code : String(error);
  }
}

describe('whole numbers', () => {
  const range = fc
    .tuple(fc.integer({ min: -12_000, max: 12_000 }), fc.nat({ max: 12_000 }))
    .map(([min, span]) => ({ min, max: min + span }));

  test('of a closed range are let through, and those beside it are not', () => {
    fc.assert(
      fc.property(range, fc.integer({ min: -30_000, max: 30_000 }), ({ min, max }, other) => {
        const grammar = grammarOf({ type: 'integer', minimum: min, maximum: max });
        for (const value of [min - 1, min, max, max + 1, other])
          expect([value, takes(grammar, String(value))]).toEqual([
            value,
            value >= min && value <= max,
          ]);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    [{ minimum: 0, maximum: 100 }, ['0', '7', '99', '100'], ['-1', '101', '007', '1e2', '1.0', '']],
    [{ exclusiveMinimum: 0, exclusiveMaximum: 3 }, ['1', '2'], ['0', '3']],
    [{ minimum: -0.5, maximum: 1.5 }, ['0', '1'], ['-1', '2', '-0']],
    [{}, ['9007199254740991', '-9007199254740991', '0'], ['9007199254740992', '-9007199254740992']],
    [
      { minimum: 999_999_999_999_990 },
      ['999999999999990', '9007199254740991'],
      ['999999999999989'],
    ],
  ])('%j', (bounds, good, bad) => {
    const grammar = grammarOf({ type: 'integer', ...bounds });
    expect(good.filter((text) => !takes(grammar, text))).toEqual([]);
    expect(bad.filter((text) => takes(grammar, text))).toEqual([]);
  });
});

describe('texts', () => {
  const grammar = grammarOf({ type: 'string', minLength: 1, maxLength: 3 });
  test.each(['"a"', '"abc"', String.raw`"\n\\\""`, '"äöü"', '"€"'])('%s is let through', (text) => {
    expect(takes(grammar, text)).toBe(true);
  });
  test.each(['""', '"abcd"', '"a', 'abc', '"\n"', String.raw`"\x"`, '"\u007f"'])(
    '%j is not',
    (text) => {
      expect(takes(grammar, text)).toBe(false);
    },
  );
});

describe('lists', () => {
  test.each([
    [{ maxItems: 2 }, ['[]', '[1]', '[1,2]', '[1, 2]'], ['[1,2,3]', '[1,]', '[,]', '[1 2]']],
    [{ minItems: 2 }, ['[1,2]', '[1,2,3,4]'], ['[]', '[1]']],
    [{ minItems: 1, maxItems: 1 }, ['[1]'], ['[]', '[1,2]']],
    [{ minItems: 0, maxItems: 0 }, ['[]'], ['[1]']],
  ])('%j', (bounds, good, bad) => {
    const grammar = grammarOf({ type: 'array', items: { type: 'integer' }, ...bounds });
    expect(good.filter((text) => !takes(grammar, text))).toEqual([]);
    expect(bad.filter((text) => takes(grammar, text))).toEqual([]);
  });

  test('of named places hold exactly these', () => {
    const grammar = grammarOf({
      type: 'array',
      prefixItems: [{ type: 'null' }, { type: 'boolean' }],
    });
    expect(takes(grammar, '[null,true]')).toBe(true);
    expect(takes(grammar, '[null]')).toBe(false);
  });
});

describe('objects', () => {
  const grammar = grammarOf(object({ a: { type: 'null' }, 'b"': { enum: ['x', 1, null] } }));
  test.each(['{"a":null,"b\\"":"x"}', '{"a": null, "b\\"": 1}', '{"a":null,"b\\"":null}'])(
    '%s is let through',
    (text) => expect(takes(grammar, text)).toBe(true),
  );
  test.each([
    '{}',
    '{"a":null}',
    '{"b\\"":1,"a":null}',
    '{"a":null,"b\\"":2}',
    ' {"a":null,"b\\"":1}',
  ])('%s is not', (text) => expect(takes(grammar, text)).toBe(false));

  test('may contain themselves', () => {
    const tree = grammarOf({
      $ref: '#/$defs/node',
      $defs: { node: object({ next: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/node' }] } }) },
    });
    expect(takes(tree, '{"next":{"next":{"next":null}}}')).toBe(true);
    expect(takes(tree, '{"next":{}}')).toBe(false);
  });

  test('of several types are let through in each', () => {
    const several = grammarOf({ type: ['string', 'null', 'integer'], maxLength: 1, minimum: 5 });
    expect(['"a"', 'null', '5', '"ab"', '4', 'true'].map((text) => takes(several, text))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

test.each([
  [
    'sentiment',
    sentimentSchema,
    {
      direction: 'up',
      strength: 100,
      confidence: 0,
      volatility: 7,
      catalyst: 'hack',
      items: [20, 1],
    },
  ],
  [
    'technical',
    technicalSchema,
    { bias: 'flat', strength: 1, confidence: 2, invalidation: 'none', cites: ['a.b'] },
  ],
  [
    'plan',
    planSchema,
    {
      action: 'none',
      thesis: 'risk',
      confidence: 3,
      size: 'half',
      horizon: '4h',
      stop: 'none',
      target: 'x',
    },
  ],
])('the schema of a %s is held', (_, schema, value) => {
  const grammar = grammarOf(z.toJSONSchema(schema));
  expect(schema.safeParse(value).success).toBe(true);
  expect(takes(grammar, JSON.stringify(value))).toBe(true);
  for (const key of Object.keys(value))
    expect(takes(grammar, JSON.stringify({ ...value, [key]: -1 }))).toBe(false);
});

describe('what no grammar can hold is refused, not skipped', () => {
  test.each<[string, JsonSchema]>([
    ['a pattern', { type: 'string', pattern: '^a' }],
    ['a format', { type: 'string', format: 'date' }],
    ['bounds of a fraction', { type: 'number', minimum: 0 }],
    ['a step', { type: 'integer', multipleOf: 5 }],
    ['different items', { type: 'array', items: { type: 'null' }, uniqueItems: true }],
    ['items of no kind', { type: 'array' }],
    ['too many items', { type: 'array', items: { type: 'null' }, maxItems: 5_000 }],
    ['fewer at most than at least', { type: 'string', minLength: 3, maxLength: 2 }],
    ['an empty range', { type: 'integer', minimum: 3, maximum: 2 }],
    ['a range of nothing', { type: 'integer', minimum: 'a' }],
    ['any object', { type: 'object' }],
    ['named by a pattern', object({}, { patternProperties: {} })],
    ['all of several', { allOf: [{ type: 'null' }] }],
    ['a negation', { not: { type: 'null' } }],
    ['a condition', object({ a: { type: 'null' } }, { if: {} })],
    ['an empty choice', { enum: [] }],
    ['a choice of none', { anyOf: [] }],
    ['a reference to elsewhere', { $ref: 'other.json' }],
    ['a reference to nothing', { $ref: '#/$defs/none', $defs: {} }],
    ['a type of its own', { type: 'date' }],
    ['no type', {}],
    ['a schema that allows all', object({ a: true })],
  ])('%s', (_, schema) => {
    expect(codeOf(schema)).toBe('RUNTIME_REFUSED');
  });

  test('but words that only explain are let be', () => {
    expect(
      grammarOf({ type: 'null', title: 'Nothing', description: 'at all', default: null }),
    ).toBe(grammarOf({ type: 'null' }));
  });
});
