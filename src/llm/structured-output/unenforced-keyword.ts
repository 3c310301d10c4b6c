type Schema = Readonly<Record<string, unknown>>;

const PASSED_OVER = [
  'multipleOf',
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'patternProperties',
  'propertyNames',
  'not',
  'if',
  'dependentRequired',
  'dependentSchemas',
];

const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const LENGTHS = ['minLength', 'maxLength'];

const FORMATS = new Set([
  'email',
  'date',
  'time',
  'date-time',
  'duration',
  'ipv4',
  'ipv6',
  'hostname',
  'uuid',
  'uri',
  'uri-reference',
  'uri-template',
  'json-pointer',
  'relative-json-pointer',
]);

const firstOf = (schema: Schema, keywords: readonly string[]): string | undefined =>
  keywords.find((keyword) => schema[keyword] !== undefined);

/** Of numbers that are no integers, the grammar keeps to the bounds only roughly. */
const looseBound = (schema: Schema): string | undefined =>
  schema['type'] === 'integer' ? undefined : firstOf(schema, BOUNDS);

/** Only the pattern counts where both are given. */
const overruledLength = (schema: Schema): string | undefined =>
  schema['pattern'] === undefined && schema['format'] === undefined ? undefined : firstOf(schema, LENGTHS);

function unknownFormat({ format }: Schema): string | undefined {
  return typeof format === 'string' && !FORMATS.has(format) ? 'format' : undefined;
}

/** A list of one is as good as its schema. */
function severalOfAll({ allOf }: Schema): string | undefined {
  return Array.isArray(allOf) && allOf.length > 1 ? 'allOf' : undefined;
}

/**
 * A keyword of the schema's own that xgrammar 0.1.27 does not hold outputs to; undefined when there is none. vLLM's list, and
 * what else was found by looking at the grammars that it makes.
 */
export const unenforcedKeyword = (schema: Schema): string | undefined =>
  firstOf(schema, PASSED_OVER) ??
  looseBound(schema) ??
  overruledLength(schema) ??
  unknownFormat(schema) ??
  severalOfAll(schema);
