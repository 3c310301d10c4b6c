import type { z } from 'zod';
import { InvalidArgumentError } from '../../core/index.js';
import { nearestName } from './nearest-name.js';

const formatValue = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value));

function describeUnknownKey(key: string, subject: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? `Known ones are ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  return `Unknown ${subject} ${key}. ${hint}`;
}

function describeIssue(schema: z.ZodObject, subject: string, input: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return describeUnknownKey(issue.keys[0]!, subject, Object.keys(schema.shape));
  }
  const key = issue.path[0];
  if (key === undefined) return `The ${subject}s must be an object, got ${formatValue(input)}.`;
  const field = schema.shape[String(key)] as z.ZodType;
  const value = (input as Record<PropertyKey, unknown>)[key];
  return `${String(key)} must be ${field.description ?? 'valid'}, got ${formatValue(value)}.`;
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
