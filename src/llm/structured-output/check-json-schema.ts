import { InvalidArgumentError } from '../../core/index.js';
import { unenforcedKeyword } from './unenforced-keyword.js';

/** Keywords whose value is data: what looks like a keyword in there is none. */
const DATA_KEYWORDS = new Set(['enum', 'const', 'default', 'examples', 'required']);

/** Keywords that map names of the user's to schemas. */
const NAMED_SCHEMAS = new Set(['properties', '$defs', 'definitions']);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** In what a keyword has: a schema, a list of schemas, schemas by name, or something else. */
function findInValue(keyword: string, value: unknown, path: string): string | undefined {
  if (DATA_KEYWORDS.has(keyword)) return undefined;
  if (Array.isArray(value)) return findInSchemas(value.entries(), path);
  if (!isRecord(value)) return undefined;
  return NAMED_SCHEMAS.has(keyword) ? findInSchemas(Object.entries(value), path) : findInSchema(value, path);
}

function findInSchemas(schemas: Iterable<readonly [string | number, unknown]>, path: string): string | undefined {
  for (const [key, schema] of schemas) {
    const found = isRecord(schema) ? findInSchema(schema, `${path}/${key}`) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where the first keyword is that is not enforced. */
function findInSchema(schema: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const own = unenforcedKeyword(schema);
  if (own !== undefined) return `${path}/${own}`;
  for (const [keyword, value] of Object.entries(schema)) {
    const found = findInValue(keyword, value, `${path}/${keyword}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Refuses a schema with a keyword that would not be enforced, as vLLM does.
 * @throws {InvalidArgumentError} naming the keyword's place, or saying that it is no schema.
 */
export function checkJsonSchema(field: string, schema: unknown): void {
  if (schema === true) return;
  if (!isRecord(schema)) {
    throw new InvalidArgumentError(`${field} must be a JSON schema, which is an object or true, got ${typeof schema}.`);
  }
  const place = findInSchema(schema, '#');
  if (place !== undefined) {
    throw new InvalidArgumentError(
      `${field} contains a feature that is not supported by xgrammar: ${place}. Leave it out, and check the output for it.`,
    );
  }
}
