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

const SUFFIXES: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** A whole number, also as vLLM lets one write it: 4k is 4000, 4K is 4096, 25.6k is 25600. */
export function parseHumanInteger(text: string): number {
  const [, amount, suffix] = /^(\d+(?:\.\d+)?)([kmgtKMGT])$/.exec(text.trim()) ?? [];
  return parseInteger(suffix === undefined ? text : String(Math.round(Number(amount) * SUFFIXES[suffix]! * 1e6) / 1e6));
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

/** A JSON object; what it may hold is checked where it is used. */
export function parseJsonObject(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new InvalidFlagError(`It must be a JSON object, got '${text}'.`);
  }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A number of bytes: 2000000, 500MB, 1.5GiB. */
export function parseBytes(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) *([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Number(amount) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (Number.isFinite(bytes)) return Math.floor(bytes);
  throw new InvalidFlagError(`It must be a number of bytes, such as 500MB or 2GiB, got '${text}'.`);
}

/** `k=v,k2=v2`; the agent checks them further. */
export function parseLabels(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => /^ *([^=]+)=(.*?) *$/.exec(pair));
  if (pairs.some((pair) => pair === null)) {
    throw new InvalidFlagError(`It must be labels, such as zone=a,disk=ssd, got '${text}'.`);
  }
  return Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!]));
}
