/** A JSON schema as a GBNF grammar, exactly or not at all: what a grammar cannot hold is refused, never skipped. */
import { RuntimeError, type JsonSchema } from './contract.ts';

/** Say nothing about which values are valid. */
const SILENT = new Set(
  '$schema $id $comment $defs definitions title description default examples deprecated readOnly writeOnly'.split(
    ' ',
  ),
);
/** More repetitions than llama.cpp takes in one rule. */
const REPEATS_MAX = 2_000;

/** One space is allowed where people write one; no other room for a model to wander in. */
const FIXED: Readonly<Record<string, string>> = {
  char: String.raw`[^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]`,
  comma: '"," " "?',
  colon: '":" " "?',
};
const NUMBER = '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,12})?';

/** Every property is given, in the schema's order, optional or not. */
export function grammarOf(schema: JsonSchema): string {
  const grammar = new Grammar(schema);
  const root = grammar.rule(schema, 'schema');
  return [`root ::= ${root}`, ...grammar.lines()].join('\n');
}

class Grammar {
  readonly #whole: JsonSchema;
  readonly #names = new Map<string, string>();
  readonly #bodies = new Map<string, string>(Object.entries(FIXED));

  constructor(whole: JsonSchema) {
    this.#whole = whole;
  }

  lines(): readonly string[] {
    return [...this.#bodies].map(([name, body]) => `${name} ::= ${body}`);
  }

  /** The name of the rule for a schema; equal schemas share one, and one that contains itself ends here. */
  rule(schema: unknown, path: string): string {
    const key = JSON.stringify(schema);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (!isSchema(schema)) throw refused(path, 'a schema that is not an object');
    const name = `r${this.#names.size}`;
    this.#names.set(key, name);
    this.#bodies.set(name, this.#body(schema, path));
    return name;
  }

  #body(schema: JsonSchema, path: string): string {
    if ('$ref' in schema) return this.#reference(schema, path);
    if ('const' in schema) return constant(only(schema, path, ['const', 'type'])['const']);
    if ('enum' in schema) {
      const values = only(schema, path, ['enum', 'type'])['enum'];
      if (!Array.isArray(values) || values.length === 0) throw refused(path, 'an empty enum');
      return values.map(constant).join(' | ');
    }
    for (const word of ['anyOf', 'oneOf']) {
      const choices = schema[word];
      if (choices === undefined) continue;
      only(schema, path, [word]);
      if (!Array.isArray(choices) || choices.length === 0) throw refused(path, `an empty ${word}`);
      return choices.map((choice, at) => this.rule(choice, `${path}/${word}/${at}`)).join(' | ');
    }
    const { type } = schema;
    if (!Array.isArray(type)) return this.#typed(schema, path);
    return type.map((one) => this.rule(ofType(schema, one), path)).join(' | ');
  }

  #reference(schema: JsonSchema, path: string): string {
    const { $ref: target } = only(schema, path, ['$ref']);
    const found = /^#(?:\/(?<list>\$defs|definitions)\/(?<name>[^/]+))?$/.exec(String(target));
    const { list, name } = found?.groups ?? {};
    const definitions = list === undefined ? undefined : this.#whole[list];
    const named =
      name !== undefined && isSchema(definitions)
        ? definitions[name.replaceAll('~1', '/').replaceAll('~0', '~')]
        : undefined;
    const meant = target === '#' ? this.#whole : named;
    if (!isSchema(meant)) throw refused(path, `a reference to ${JSON.stringify(target)}`);
    return this.rule(meant, path);
  }

  #typed(schema: JsonSchema, path: string): string {
    switch (schema['type']) {
      case 'object':
        return this.#object(schema, path);
      case 'array':
        return this.#array(schema, path);
      case 'string':
        return text(only(schema, path, ['type', 'minLength', 'maxLength']), path);
      case 'integer':
        return integer(schema, path);
      case 'number':
        only(schema, path, ['type']);
        return NUMBER;
      case 'boolean':
        only(schema, path, ['type']);
        return '"true" | "false"';
      case 'null':
        only(schema, path, ['type']);
        return '"null"';
      default:
        throw refused(path, `the type ${JSON.stringify(schema['type'])}`);
    }
  }

  #object(schema: JsonSchema, path: string): string {
    const { properties, additionalProperties } = only(schema, path, [
      'type',
      'properties',
      'required',
      'additionalProperties',
    ]);
    const entries = isSchema(properties) ? Object.entries(properties) : [];
    if (entries.length === 0 && additionalProperties !== false)
      throw refused(path, 'an object whose properties are not named');
    const members = entries.map(
      ([key, value]) => `${constant(key)} colon ${this.rule(value, `${path}/${key}`)}`,
    );
    return ['"{"', members.join(' comma '), '"}"'].filter((part) => part !== '').join(' ');
  }

  #array(schema: JsonSchema, path: string): string {
    const { items, prefixItems } = only(schema, path, [
      'type',
      'items',
      'prefixItems',
      'minItems',
      'maxItems',
    ]);
    if (Array.isArray(prefixItems)) {
      // Exactly these: what may follow them is left out, which is valid whatever the schema allows.
      if (count(schema, 'minItems', path) > prefixItems.length)
        throw refused(path, 'more items than it names');
      const rules = prefixItems.map((item, at) => this.rule(item, `${path}/${at}`));
      return `"[" ${rules.join(' comma ')} "]"`;
    }
    const item = this.rule(items, `${path}/items`);
    const [min, max] = [count(schema, 'minItems', path), count(schema, 'maxItems', path, Infinity)];
    if (max < min) throw refused(path, 'at least more items than at most');
    if (max === 0) return '"[]"';
    const more = `${item} (comma ${item})${repeats(Math.max(0, min - 1), max - 1)}`;
    return min === 0 ? `"[" (${more})? "]"` : `"[" ${more} "]"`;
  }
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (path: string, what: string): RuntimeError =>
  new RuntimeError('RUNTIME_REFUSED', `no grammar can hold ${what} (at ${path})`);

/** The schema again, once it is sure that nothing in it would be passed over. */
function only(schema: JsonSchema, path: string, words: readonly string[]): JsonSchema {
  const odd = Object.keys(schema).find((word) => !words.includes(word) && !SILENT.has(word));
  if (odd !== undefined) throw refused(path, `"${odd}"`);
  return schema;
}

/** Keywords that speak about one type alone, so that a list of types can be taken apart. */
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains'],
  object: ['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames'],
};
const TYPED = new Set(Object.values(OF_TYPE).flat());

function ofType(schema: JsonSchema, type: unknown): JsonSchema {
  const own = OF_TYPE[String(type)] ?? [];
  const kept = Object.entries(schema).filter(([word]) => !TYPED.has(word) || own.includes(word));
  return { ...Object.fromEntries(kept), type };
}

function constant(value: unknown): string {
  const json = JSON.stringify(value);
  return `"${json.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`)}"`;
}

function count(schema: JsonSchema, word: string, path: string, absent = 0): number {
  const value = schema[word];
  if (value === undefined) return absent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > REPEATS_MAX)
    throw refused(path, `"${word}" of ${JSON.stringify(value)}`);
  return value;
}

function repeats(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : `{${min},}`;
  return `{${min},${max}}`;
}

function text(schema: JsonSchema, path: string): string {
  const min = count(schema, 'minLength', path);
  const max = count(schema, 'maxLength', path, Infinity);
  if (max < min) throw refused(path, 'a string at least longer than at most');
  return max === 0 ? String.raw`"\"\""` : String.raw`"\"" char${repeats(min, max)} "\""`;
}

function integer(schema: JsonSchema, path: string): string {
  only(schema, path, ['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']);
  const bound = (word: string, absent: number): number => {
    const value = schema[word];
    if (value === undefined) return absent;
    if (typeof value !== 'number' || Number.isNaN(value))
      throw refused(path, `"${word}" of ${JSON.stringify(value)}`);
    return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, value));
  };
  const { MAX_SAFE_INTEGER: most, MIN_SAFE_INTEGER: least } = Number;
  const min = Math.max(
    Math.ceil(bound('minimum', least)),
    Math.floor(bound('exclusiveMinimum', least - 1)) + 1,
  );
  const max = Math.min(
    Math.floor(bound('maximum', most)),
    Math.ceil(bound('exclusiveMaximum', most + 1)) - 1,
  );
  if (max < min) throw refused(path, `an integer of at least ${min} and at most ${max}`);
  const parts: string[] = [];
  if (min < 0) parts.push(`"-" (${between(Math.max(1, -max), -min)})`);
  if (max >= 0) parts.push(between(Math.max(0, min), max));
  return parts.join(' | ');
}

/** The whole numbers of a closed range, none of them below zero. */
function between(min: number, max: number): string {
  const parts: string[] = [];
  for (let length = String(min).length; length <= String(max).length; length += 1) {
    const least = length === 1 ? 0 : 10 ** (length - 1);
    const low = Math.max(min, least);
    const high = length > 15 ? max : Math.min(max, 10 ** length - 1);
    parts.push(...digits(String(low), String(high)));
  }
  return parts.join(' | ');
}

/** Alternatives for the texts of digits between two of the same length. */
function digits(low: string, high: string): readonly string[] {
  if (low === '') return [];
  if (low === high) return [`"${low}"`];
  const [rest, first, last] = [low.length - 1, Number(low[0]), Number(high[0])];
  if (rest === 0) return [`[${first}-${last}]`];
  if (first === last)
    return digits(low.slice(1), high.slice(1)).map((tail) => `"${first}" ${tail}`);
  const under = /^0*$/.test(low.slice(1)) ? [] : digits(low.slice(1), '9'.repeat(rest));
  const over = /^9*$/.test(high.slice(1)) ? [] : digits('0'.repeat(rest), high.slice(1));
  const from = under.length > 0 ? first + 1 : first;
  const to = over.length > 0 ? last - 1 : last;
  return [
    ...under.map((tail) => `"${first}" ${tail}`),
    ...(from <= to ? [`[${from}-${to}] [0-9]{${rest}}`] : []),
    ...over.map((tail) => `"${last}" ${tail}`),
  ];
}
