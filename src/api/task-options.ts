import type { RemoteDefinition } from '../rpc/index.js';
import type { CallSpec } from '../runtime/calls/submitted-call.js';
import type { TaskShape } from '../runtime/calls/task-submitter.js';
import type { TaskTime } from '../runtime/calls/task-time.js';
import { requireKnownOptions, requireText, requireWhole } from '../runtime/handles/option-rules.js';
import { type RetryExceptions, retriedExceptions, validateRetryExceptions } from '../runtime/handles/retry-options.js';
import {
  askedResources,
  RESOURCE_OPTION_NAMES,
  type ResourceOptions,
  validateResourceOptions,
} from './resource-options.js';
import {
  SCHEDULING_OPTION_NAMES,
  type SchedulingOptions,
  strategyOf,
  validateSchedulingOptions,
} from './scheduling-options.js';

export interface TaskOptions extends ResourceOptions, SchedulingOptions {
  /** For people; default the function's name. */
  readonly name?: string;
  /** Values that the function returns, as an array. Default 1: what it returns is the value. */
  readonly numReturns?: number;
  /** Tries after the first one when the worker's process or its node is lost; -1: any number. Default 3. */
  readonly maxRetries?: number;
  /** Which errors of the function count as such a loss. Default false: none. */
  readonly retryExceptions?: RetryExceptions;
  /** Items that a generator may make before they are taken. Default: any number. */
  readonly generatorBackpressureNumObjects?: number;
}

const OPTION_NAMES: readonly (keyof TaskOptions)[] = [
  ...RESOURCE_OPTION_NAMES,
  ...SCHEDULING_OPTION_NAMES,
  'name',
  'numReturns',
  'maxRetries',
  'retryExceptions',
  'generatorBackpressureNumObjects',
];

/** As Ray; RAY_TS_TASK_MAX_RETRIES sets another default. */
const DEFAULT_MAX_RETRIES = 3;

/** @throws {InvalidArgumentError} for an unknown option or a value out of range. */
export function validateTaskOptions(options: TaskOptions): void {
  requireKnownOptions('a task', options, OPTION_NAMES);
  validateResourceOptions(options);
  validateSchedulingOptions(options);
  requireText('name', options.name);
  requireWhole('numReturns', options.numReturns, 0);
  requireWhole('maxRetries', options.maxRetries, -1);
  validateRetryExceptions(options.retryExceptions);
  requireWhole('generatorBackpressureNumObjects', options.generatorBackpressureNumObjects, -1, 0);
}

/** What all calls of a function with these options have in common. */
export function taskSpec(
  definition: RemoteDefinition,
  options: TaskOptions,
  isGenerator: boolean,
  time: TaskTime,
): CallSpec {
  const { generatorBackpressureNumObjects: backpressure = -1 } = options;
  return {
    name: options.name ?? definition.name,
    method: '',
    definition,
    numReturns: isGenerator ? -1 : (options.numReturns ?? 1),
    backpressure: Math.max(0, backpressure),
    concurrencyGroup: '',
    retry: {
      maxRetries: options.maxRetries ?? Number(process.env['RAY_TS_TASK_MAX_RETRIES'] ?? DEFAULT_MAX_RETRIES),
      exceptions: retriedExceptions(options.retryExceptions),
    },
    time,
  };
}

/** What the tasks ask of their workers. @param capturedBy the placement group that captures what is created here. */
export function taskShape(name: string, options: TaskOptions, capturedBy: string): TaskShape {
  const resources = askedResources(options, 1);
  const strategy = strategyOf(options, capturedBy);
  const { runtimeEnv = {} } = options;
  const { bundle } = strategy;
  return {
    key: JSON.stringify([resources, strategy, runtimeEnv]),
    lease: { resources: { units: resources }, strategy, name },
    runtimeEnv,
    capturedPlacementGroupId: bundle?.captureChildTasks ? (bundle.placementGroupId ?? '') : '',
  };
}
