import { isGeneratorFunction, type TaskFunction } from '../core/index.js';
import { currentCalls } from '../runtime/calls/current-calls.js';
import type { CallSpec } from '../runtime/calls/submitted-call.js';
import type { TaskShape } from '../runtime/calls/task-submitter.js';
import { TaskTime } from '../runtime/calls/task-time.js';
import { callResults } from '../runtime/handles/call-results.js';
import type { NumReturnsOf, RemoteArguments, RemoteResults } from '../runtime/handles/remote-types.js';
import type { DescribeDefinition } from './describe-definition.js';
import { capturingPlacementGroup } from './scheduling-options.js';
import { type TaskOptions, taskShape, taskSpec, validateTaskOptions } from './task-options.js';

/** A function that runs in worker processes of the cluster: each call is a task. */
export interface RemoteFunction<
  Args extends readonly unknown[],
  Result,
  NumReturns extends number | undefined = undefined,
> {
  /** Submits a call and returns at once, with refs to what it will return. */
  remote(...args: RemoteArguments<Args>): RemoteResults<Result, NumReturns>;
  /** The same function with other options. */
  options<const Options extends TaskOptions>(
    options: Options,
  ): RemoteFunction<Args, Result, NumReturnsOf<Options> extends undefined ? NumReturns : NumReturnsOf<Options>>;
}

/** @internal What is the same for a function under all options. */
interface FunctionFacts {
  readonly describe: DescribeDefinition;
  readonly isGenerator: boolean;
  readonly time: TaskTime;
}

/** @internal */
export function createRemoteFunction<Args extends readonly unknown[], Result>(
  definition: TaskFunction,
  describe: DescribeDefinition,
  options: TaskOptions,
): RemoteFunction<Args, Result> {
  return withOptions({ describe, isGenerator: isGeneratorFunction(definition), time: new TaskTime() }, options);
}

function withOptions<Args extends readonly unknown[], Result, NumReturns extends number | undefined>(
  facts: FunctionFacts,
  options: TaskOptions,
): RemoteFunction<Args, Result, NumReturns> {
  validateTaskOptions(options);
  const submit = submitter(facts, options);
  return {
    remote: (...args) => submit(args) as RemoteResults<Result, NumReturns>,
    options: (more) => withOptions(facts, { ...options, ...more }),
  };
}

/** What the options come to is worked out once, and again where another placement group captures the tasks. */
function submitter(facts: FunctionFacts, options: TaskOptions): (args: readonly unknown[]) => unknown {
  let spec: CallSpec | undefined;
  let shape: TaskShape | undefined;
  let capturedBy = '';
  return (args) => {
    spec ??= taskSpec(facts.describe(options.runtimeEnv?.workingDir), options, facts.isGenerator, facts.time);
    const captures = capturingPlacementGroup();
    if (!shape || captures !== capturedBy) {
      capturedBy = captures;
      shape = taskShape(spec.name, options, captures);
    }
    const { tasks, ledger } = currentCalls();
    return callResults(tasks.submit(spec, shape, args), ledger);
  };
}
