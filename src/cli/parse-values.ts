import { InvalidArgumentError as InvalidFlagError } from 'commander';
import { z } from 'zod';

/** Parsers of flag values; commander prefixes their message with the flag's name. */

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidFlagError(`It must be a number, got '${text}'.`);
  return value;
}

export function parseInteger(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value)) throw new InvalidFlagError(`It must be a whole number, got '${text}'.`);
  return value;
}

export function parsePort(text: string): number {
  const port = parseInteger(text);
  if (port < 0 || port > 65_535) throw new InvalidFlagError(`It must be a port from 0 to 65535, got '${text}'.`);
  return port;
}

const resourcesSchema = z.record(z.string().min(1), z.number().min(0));

/** A JSON object of amounts by resource name. */
export function parseResources(text: string): Record<string, number> {
  try {
    return resourcesSchema.parse(JSON.parse(text));
  } catch {
    throw new InvalidFlagError(`It must be a JSON object of amounts, such as '{"disk": 2}', got '${text}'.`);
  }
}
