import { z } from 'zod';
import { InvalidArgumentError } from '../../core/index.js';
import { parseOptions } from '../config/parse-options.js';

const flag = z.boolean().optional().describe('true or false');
const json = z.union([z.string().min(1), z.record(z.string(), z.unknown()), z.boolean()]);

const schema = z.strictObject({
  json: json.optional().describe('a JSON schema, as an object or as text'),
  regex: z.string().min(1).optional().describe('a regular expression, as a string'),
  choice: z.array(z.string().min(1)).min(1).optional().describe('a list of at least one string, none of them empty'),
  grammar: z.string().min(1).optional().describe('a grammar in EBNF, as a string'),
  jsonObject: flag,
  structuralTag: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())])
    .optional()
    .describe('a structural tag, as an object or as JSON'),
  disableFallback: flag,
  disableAnyWhitespace: flag,
  disableAdditionalProperties: flag,
  whitespacePattern: z
    .undefined()
    .optional()
    .describe('left out: xgrammar takes any whitespace, or with disableAnyWhitespace none'),
});

/** What an output has to be; names are vLLM's. Exactly one of the first six is given. */
export interface StructuredOutputsParams {
  /** JSON that this schema describes; properties that it doesn't name are not allowed. */
  readonly json?: string | boolean | Readonly<Record<string, unknown>> | undefined;
  /** Text that this matches as a whole. */
  readonly regex?: string | undefined;
  /** One of these texts. */
  readonly choice?: readonly string[] | undefined;
  /** A sentence of this grammar, in xgrammar's EBNF; it begins at the rule `root`. */
  readonly grammar?: string | undefined;
  /** True: any JSON object. */
  readonly jsonObject?: boolean | undefined;
  /** xgrammar's structural tag: free text in which some tags hold JSON of a schema. */
  readonly structuralTag?: string | Readonly<Record<string, unknown>> | undefined;
  /** Has no effect: there is one backend, which nothing falls back from. */
  readonly disableFallback?: boolean | undefined;
  /** JSON without line breaks and indentation. Default false: the model may put whitespace wherever JSON has it. */
  readonly disableAnyWhitespace?: boolean | undefined;
  /** Has no effect: additional properties are allowed only where the schema says so. */
  readonly disableAdditionalProperties?: boolean | undefined;
  /** Not supported. */
  readonly whitespacePattern?: undefined;
}

const KINDS = ['json', 'regex', 'choice', 'grammar', 'jsonObject', 'structuralTag'] as const;

/** The one kind of constraint that is given. @throws {InvalidArgumentError} when it is not one. */
export function structuredOutputsKind(params: StructuredOutputsParams): (typeof KINDS)[number] {
  const given = KINDS.filter((kind) => params[kind] !== undefined && !(kind === 'jsonObject' && !params[kind]));
  const [kind] = given;
  if (kind === undefined) {
    throw new InvalidArgumentError(
      `You must use one kind of structured outputs constraint but none are specified. Give one of ${KINDS.join(', ')}.`,
    );
  }
  if (given.length > 1) {
    throw new InvalidArgumentError(
      `You can only use one kind of structured outputs constraint but multiple are specified: ${given.join(', ')}.`,
    );
  }
  return kind;
}

/** @throws {InvalidArgumentError} naming the field, what it must be and what it was. */
export function parseStructuredOutputs(input: unknown): StructuredOutputsParams {
  const params: StructuredOutputsParams = parseOptions(schema, 'structured output', input);
  structuredOutputsKind(params);
  return params;
}
