import { InvalidArgumentError, toError } from '../../core/index.js';
import { checkJsonSchema } from './check-json-schema.js';
import { choiceGrammar } from './choice-grammar.js';
import { type StructuredOutputsParams, structuredOutputsKind } from './structured-outputs-params.js';

/** A constraint in the form that backends compile, as plain data for the way between threads. */
export interface GrammarSpec {
  readonly kind: 'json-schema' | 'regex' | 'ebnf' | 'structural-tag';
  /** The schema or tag as JSON, the expression, or the grammar, whose first rule is `root`. */
  readonly source: string;
  /** Of JSON: whether whitespace may stand wherever JSON has it. */
  readonly anyWhitespace: boolean;
  /** The field of StructuredOutputsParams that it comes from, for errors. */
  readonly field: string;
}

const ANY_OBJECT = JSON.stringify({ type: 'object' });

function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`structuredOutputs.${field} is not valid: ${toError(cause).message}`, { cause });
  }
}

function toJson(field: string, value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new InvalidArgumentError(`structuredOutputs.${field} can not be written as JSON: ${toError(cause).message}`, {
      cause,
    });
  }
}

/** As JSON without spaces of its own, so that equal schemas have equal sources. */
function schemaSource(field: string, given: unknown): string {
  const schema = typeof given === 'string' ? parseJson(field, given) : given;
  const source = toJson(field, schema);
  checkJsonSchema(`structuredOutputs.${field}`, schema);
  return source;
}

function tagSource(field: string, given: unknown): string {
  return toJson(field, typeof given === 'string' ? parseJson(field, given) : given);
}

/** @throws {InvalidArgumentError} naming the field, for what can be told without a backend. */
export function grammarSpecOf(params: StructuredOutputsParams): GrammarSpec {
  const field = structuredOutputsKind(params);
  const common = { anyWhitespace: params.disableAnyWhitespace !== true, field };
  switch (field) {
    case 'json':
      return { kind: 'json-schema', source: schemaSource(field, params.json), ...common };
    case 'jsonObject':
      return { kind: 'json-schema', source: ANY_OBJECT, ...common };
    case 'regex':
      return { kind: 'regex', source: params.regex!, ...common };
    case 'choice':
      return { kind: 'ebnf', source: choiceGrammar(params.choice!), ...common };
    case 'grammar':
      return { kind: 'ebnf', source: params.grammar!, ...common };
    case 'structuralTag':
      return { kind: 'structural-tag', source: tagSource(field, params.structuralTag), ...common };
  }
}

/** Equal for specs that compile to the same. */
export const grammarKey = ({ kind, source, anyWhitespace }: GrammarSpec): string =>
  `${kind}:${anyWhitespace ? 'any' : 'no'}:${source}`;
