import { checkJsonSchema } from '../../../../../src/llm/structured-output/check-json-schema.js';

const check = (schema: unknown) => () => checkJsonSchema('json', schema);

describe('checkJsonSchema', () => {
  it.each([
    [{ type: 'integer', multipleOf: 2 }, '#/multipleOf'],
    [{ properties: { a: { items: { uniqueItems: true } } } }, '#/properties/a/items/uniqueItems'],
    [{ anyOf: [{}, { not: {} }] }, '#/anyOf/1/not'],
    [{ allOf: [{ type: 'integer' }, { minimum: 3 }] }, '#/allOf'],
    [{ $defs: { not: { if: {} } } }, '#/$defs/not/if'],
    [{ type: 'number', minimum: 3 }, '#/minimum'],
    [{ type: 'string', pattern: '^a+$', minLength: 2 }, '#/minLength'],
    [{ type: 'string', format: 'car' }, '#/format'],
    [{ patternProperties: {} }, '#/patternProperties'],
  ])('refuses %j, naming the place', (schema, place) => {
    expect(check(schema)).toThrow(`json contains a feature that is not supported by xgrammar: ${place}.`);
  });

  it.each([
    [true],
    [{ properties: { not: { type: 'integer' }, contains: {} }, required: ['not'] }],
    [{ enum: [{ not: 1 }], default: { if: 1 }, const: { multipleOf: 1 } }],
    [{ allOf: [{ type: 'integer', minimum: 3 }] }],
    [{ type: 'string', format: 'uuid' }],
    [{ properties: { format: { type: 'string', maxLength: 3 } } }],
  ])('accepts %j', (schema) => {
    expect(check(schema)).not.toThrow();
  });

  it.each([[null], [3], [[]], [false], ['text']])('says that %j is no schema', (schema) => {
    expect(check(schema)).toThrow('json must be a JSON schema');
  });
});
