import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '../../../src/cockpit/form/check.ts';
import { isSearchable } from '../../../src/cockpit/form/pattern.ts';
import type { Schema } from '../../../src/cockpit/form/schema.ts';

const ajv = new Ajv2020({ strict: false, logger: false, multipleOfPrecision: 9 });
const ajvSays = (schema: Schema, value: unknown): boolean => ajv.compile(schema)(value);
const weSay = (schema: Schema, value: unknown): boolean => check(schema, value).length === 0;

const small = fc.integer({ min: -3, max: 6 });
const size = fc.integer({ min: 0, max: 3 });
const member = fc.constantFrom('a', 'b', 'c');
const json = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'b', '1', 'ö') });

/** Schemas of the part of JSON Schema that forms are made of. */
const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(
      { type: fc.constant('string'), minLength: size, maxLength: fc.integer({ min: 1, max: 4 }) },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constantFrom('number', 'integer'),
        minimum: small,
        exclusiveMaximum: small,
        multipleOf: fc.constantFrom(1, 2, 0.5),
      },
      { requiredKeys: ['type'] },
    ),
    fc.constantFrom<Schema>(
      { type: 'boolean' },
      { type: 'null' },
      {},
      { type: ['string', 'null'] },
      { pattern: '^a+b?$' },
    ),
    fc.record({ enum: fc.array(json, { minLength: 1, maxLength: 3 }) }),
    fc.record({ const: json }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record(
      { type: fc.constant('array'), items: tie('schema'), minItems: size, maxItems: size, uniqueItems: fc.boolean() },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(member, tie('schema')),
        required: fc.uniqueArray(member),
        additionalProperties: fc.constant(false),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ $ref: fc.constantFrom('#/$defs/word', '#/$defs/place') }),
  ),
}));

const withDefinitions = (one: Schema): Schema => ({
  ...one,
  $defs: {
    word: { type: 'string', minLength: 1 },
    place: { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
  },
});

describe('what is wrong with a value', () => {
  test('is something exactly where a validator finds something', () => {
    fc.assert(
      fc.property(schema.map(withDefinitions), json, (one, value) => {
        expect(weSay(one, value)).toBe(ajvSays(one, value));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    [{ type: 'integer' }, 1.5, 'must be a whole number'],
    [{ type: ['string', 'null'] }, 3, 'must be a text or null'],
    [{ minimum: 1 }, 0, 'must be at least 1'],
    [{ exclusiveMaximum: 5 }, 5, 'must be less than 5'],
    [{ multipleOf: 5 }, 7, 'must be a multiple of 5'],
    [{ minLength: 1 }, '', 'must have at least 1 character'],
    [{ maxItems: 1 }, [1, 2], 'must have at most 1 item'],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      'must not have an item twice',
    ],
    [{ enum: ['celsius', 'kelvin'] }, 'rankine', 'must be one of celsius, kelvin'],
    [{ pattern: '^[a-z]+$' }, 'A', 'must match ^[a-z]+$'],
    [
      { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      true,
      'must be a text or a whole number as the tool describes it',
    ],
  ] as const)('%j and %j: %s', (one, value, words) => {
    expect(check(one, value)).toEqual([{ path: [], message: words }]);
  });

  test('names the place', () => {
    const one = {
      properties: { near: { required: ['lat'] }, hours: { items: { type: 'integer' } } },
      additionalProperties: false,
    };
    expect(check(one, { near: {}, hours: [1, 'x'], more: 1 })).toEqual([
      { path: ['near', 'lat'], message: 'is needed' },
      { path: ['hours', '1'], message: 'must be a whole number' },
      { path: ['more'], message: 'is not known to this tool' },
    ]);
  });

  test('a schema that goes round in circles, or is none at all, says nothing', () => {
    expect(check({ $ref: '#' }, 1)).toEqual([]);
    expect(check({ properties: { a: { $ref: '#/properties/a' } } }, { a: 1 })).toEqual([]);
    expect(check({ type: 7, properties: [1], required: 'x', enum: 3, anyOf: 'no' }, { a: 1 })).toEqual([]);
    expect(check({ $ref: 'http://example.com/schema' }, 1)).toEqual([]);
  });
});

describe('a pattern of a server', () => {
  test.each(['^(a+)+$', '(a|aa)+$', '(?=a)b', '(a)\\1', 'a*a*a*a*b', 'x{2,}y{3,}z{4,}', '[', 'a'.repeat(201)])(
    'that may take for ever, or is none, is left to the server: %s',
    (pattern) => {
      expect(isSearchable(pattern, 'a'.repeat(40))).toBe(false);
      expect(check({ pattern }, `${'a'.repeat(40)}!`)).toEqual([]);
    },
  );

  test.each(['^[A-Z]{2}$', '^\\d{4}-\\d{2}-\\d{2}$', '^\\S+@\\S+$'])('that is quick is tried: %s', (pattern) => {
    expect(isSearchable(pattern, 'x')).toBe(true);
  });
});
