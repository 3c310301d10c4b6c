import { requireKnownOptions, requireText, requireWhole } from './option-rules.js';
import { type RetryExceptions, validateRetryExceptions } from './retry-options.js';

/** Of a method: for all its calls in {@link ActorOptions.methods}, for some in `handle.method.options(…)`. */
export interface MethodOptions {
  /** Values that the method returns, as an array. Default 1: what it returns is the value. */
  readonly numReturns?: number;
  /** The group whose limit the calls count against. Default: the one for methods in no group. */
  readonly concurrencyGroup?: string;
  /** Tries after the first one when the actor's process or the way to it is lost; -1: any number. Default: the actor's. */
  readonly maxTaskRetries?: number;
  /** Which errors of the method count as such a loss. Default false: none. */
  readonly retryExceptions?: RetryExceptions;
  /** For people; default "Class.method". */
  readonly name?: string;
  /** Items that a generator may make before they are taken. Default: any number. */
  readonly generatorBackpressureNumObjects?: number;
}

const OPTION_NAMES: readonly (keyof MethodOptions)[] = [
  'numReturns',
  'concurrencyGroup',
  'maxTaskRetries',
  'retryExceptions',
  'name',
  'generatorBackpressureNumObjects',
];

/** @throws {InvalidArgumentError} for an unknown option or a value out of range. */
export function validateMethodOptions(options: MethodOptions): void {
  requireKnownOptions('a method', options, OPTION_NAMES);
  requireWhole('numReturns', options.numReturns, 0);
  requireWhole('maxTaskRetries', options.maxTaskRetries, -1);
  validateRetryExceptions(options.retryExceptions);
  requireText('concurrencyGroup', options.concurrencyGroup);
  requireText('name', options.name);
  requireWhole('generatorBackpressureNumObjects', options.generatorBackpressureNumObjects, -1, 0);
}
