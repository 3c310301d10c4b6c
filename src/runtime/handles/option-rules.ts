import { InvalidArgumentError } from '../../core/index.js';

/** Checks that options of every kind share. Each throws an {@link InvalidArgumentError} that names the option. */

/** @param owner what the options are of: "an actor", "a task". */
export function requireKnownOptions(owner: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  const what = unknown.length === 1 ? `option ${unknown[0]}` : `options ${unknown.join(', ')}`;
  throw new InvalidArgumentError(`Invalid ${what} of ${owner}. Valid ones are ${names.join(', ')}.`);
}

export function requireWhole(name: string, value: number | undefined, least: number, except?: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value !== except)) return;
  const unless = except === undefined ? '' : ` other than ${except}`;
  throw new InvalidArgumentError(`${name} must be a whole number of at least ${least}${unless}, got ${String(value)}.`);
}

export function requireText(name: string, value: string | undefined): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new InvalidArgumentError(`${name} must be a string that is not empty, got ${JSON.stringify(value)}.`);
}

export function requireRecord(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return;
  throw new InvalidArgumentError(`${name} must be an object.`);
}
