import { InvalidArgumentError } from '../../core/index.js';

/** What xgrammar passes over, so that an output could break it. */
const IGNORED_KEYWORDS = new Set([
  'multipleOf',
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'not',
  'if',
  'dependentRequired',
  'dependentSchemas',
]);

/** Keywords whose value is data: what looks like a keyword in there is none. */
const DATA_KEYWORDS = new Set(['enum', 'const', 'default', 'examples', 'required']);

/** Keywords that map names of the user's to schemas. */
const NAMED_SCHEMAS = new Set(['properties', 'patternProperties', '$defs', 'definitions']);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const pathOf = (path: string, key: string | number): string => `${path}/${key}`;

function ignoredIn(schema: unknown, path: string): string | undefined {
  if (Array.isArray(schema)) return firstOf(schema.entries(), path);
  if (!isRecord(schema)) return undefined;
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA_KEYWORDS.has(keyword)) continue;
    const keywordPath = pathOf(path, keyword);
    const isIgnored =
      IGNORED_KEYWORDS.has(keyword) || (keyword === 'allOf' && Array.isArray(value) && value.length > 1);
    if (isIgnored) return keywordPath;
    const isNamed = NAMED_SCHEMAS.has(keyword) && isRecord(value);
    const ignored = isNamed ? firstOf(Object.entries(value), keywordPath) : ignoredIn(value, keywordPath);
    if (ignored !== undefined) return ignored;
  }
  return undefined;
}

function firstOf(schemas: Iterable<readonly [string | number, unknown]>, path: string): string | undefined {
  for (const [key, schema] of schemas) {
    const ignored = ignoredIn(schema, pathOf(path, key));
    if (ignored !== undefined) return ignored;
  }
  return undefined;
}

/**
 * Refuses a schema with a keyword that would not be enforced, as vLLM does.
 * @throws {InvalidArgumentError} naming the keyword's place, or saying that it is no schema.
 */
export function checkJsonSchema(field: string, schema: unknown): void {
  if (!isRecord(schema) && schema !== true) {
    throw new InvalidArgumentError(`${field} must be a JSON schema, which is an object or true, got ${typeof schema}.`);
  }
  const ignored = ignoredIn(schema, '#');
  if (ignored !== undefined) {
    throw new InvalidArgumentError(
      `${field} contains a feature that is not supported by xgrammar: ${ignored}. Leave it out, and check it in the output.`,
    );
  }
}
