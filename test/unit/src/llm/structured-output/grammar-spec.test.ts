import { InvalidArgumentError } from '../../../../../src/core/index.js';
import { grammarKey, grammarSpecOf } from '../../../../../src/llm/structured-output/grammar-spec.js';

describe('grammarSpecOf', () => {
  it('writes a schema as JSON without spaces, however it is given', () => {
    const spec = { kind: 'json-schema', source: '{"type":"integer"}', anyWhitespace: true, field: 'json' };
    expect(grammarSpecOf({ json: { type: 'integer' } })).toEqual(spec);
    expect(grammarSpecOf({ json: '{ "type": "integer" }' })).toEqual(spec);
  });

  it('takes jsonObject for the schema of any object', () => {
    expect(grammarSpecOf({ jsonObject: true })).toMatchObject({ kind: 'json-schema', source: '{"type":"object"}' });
  });

  it('makes a grammar of choices, in which nothing of theirs is a sign of the grammar', () => {
    expect(grammarSpecOf({ choice: ['a b', '"', '😀'] })).toMatchObject({
      kind: 'ebnf',
      source: 'root ::= "a b" | "\\U00000022" | "\\U0001f600"',
    });
  });

  it.each([
    ['regex', { regex: 'a+' }, 'regex', 'a+'],
    ['grammar', { grammar: 'root ::= "a"' }, 'ebnf', 'root ::= "a"'],
    ['structuralTag', { structuralTag: { format: {} } }, 'structural-tag', '{"format":{}}'],
  ] as const)('sends %s as it is', (field, params, kind, source) => {
    expect(grammarSpecOf(params)).toEqual({ kind, source, anyWhitespace: true, field });
  });

  it.each([
    ['json', { json: '{' }, 'structuredOutputs.json is not valid'],
    ['json', { json: '3' }, 'structuredOutputs.json must be a JSON schema'],
    ['json', { json: false }, 'structuredOutputs.json must be a JSON schema'],
    ['structuralTag', { structuralTag: 'x' }, 'structuredOutputs.structuralTag is not valid'],
  ])('refuses %s that is none, by its name', (_, params, message) => {
    expect(() => grammarSpecOf(params)).toThrow(InvalidArgumentError);
    expect(() => grammarSpecOf(params)).toThrow(message);
  });

  it('refuses a schema that contains itself', () => {
    const json: Record<string, unknown> = { type: 'object' };
    json['properties'] = { self: json };
    expect(() => grammarSpecOf({ json })).toThrow('structuredOutputs.json can not be written as JSON');
  });
});

describe('grammarKey', () => {
  const keyOf = (params: Parameters<typeof grammarSpecOf>[0]) => grammarKey(grammarSpecOf(params));

  it('is equal for what compiles to the same', () => {
    expect(keyOf({ jsonObject: true })).toBe(keyOf({ json: '{"type": "object"}' }));
  });

  it('differs by kind, source and whitespace', () => {
    const keys = [
      keyOf({ regex: 'a' }),
      keyOf({ grammar: 'a' }),
      keyOf({ regex: 'b' }),
      keyOf({ json: {} }),
      keyOf({ json: {}, disableAnyWhitespace: true }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
