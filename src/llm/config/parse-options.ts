import { z } from 'zod';
import { InvalidArgumentError } from '../../core/index.js';
import { nearestName } from './nearest-name.js';

function formatValue(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`;
  try {
    return JSON.stringify(value);
  } catch {
    return `an object of ${(value as object).constructor.name}`; // one with cycles, or with a bigint
  }
}

function describeUnknownKey(path: readonly string[], key: string, subject: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? `Known ones are ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  return `Unknown ${subject} ${[...path, key].join('.')}. ${hint}`;
}

/** The schema of the object below wrappers such as optional; undefined when it is none. */
function objectSchemaOf(field: z.core.$ZodType | undefined): z.ZodObject | undefined {
  if (field instanceof z.ZodObject) return field;
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return objectSchemaOf(field.def.innerType);
  return undefined;
}

function describeIssue(schema: z.ZodObject, subject: string, input: unknown, issue: z.core.$ZodIssue): string {
  let [object, value]: [z.ZodObject, unknown] = [schema, input];
  for (const [depth, key] of issue.path.entries()) {
    const field = object.shape[String(key)];
    const inner = objectSchemaOf(field);
    value = (value as Record<PropertyKey, unknown>)[key];
    const isInside = depth + 1 < issue.path.length || issue.code === 'unrecognized_keys';
    if (inner === undefined || !isInside) {
      const path = issue.path.slice(0, depth + 1).join('.');
      return `${path} must be ${(field as z.ZodType).description ?? 'valid'}, got ${formatValue(value)}.`;
    }
    object = inner;
  }
  if (issue.code === 'unrecognized_keys') {
    return describeUnknownKey(issue.path.map(String), issue.keys[0]!, subject, Object.keys(object.shape));
  }
  return `The ${subject}s must be an object, got ${formatValue(input)}.`;
}

/**
 * Validates options that a user wrote. The schema is strict and every field is described by what it must be ("an integer
 * of at least 1"), which makes vLLM's message "<field> must be …, got <value>.".
 * @param subject what one option is called: "engine argument".
 * @throws {InvalidArgumentError} with the first fault; an unknown key is one and names the nearest known one.
 */
export function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  subject: string,
  input: unknown,
): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new InvalidArgumentError(describeIssue(schema, subject, input, result.error.issues[0]!));
}
