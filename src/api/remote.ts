import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ActorConstructor,
  InvalidArgumentError,
  isClass,
  recordRemoteDefinition,
  type TaskFunction,
} from '../core/index.js';
import { toPackagePath } from '../process/index.js';
import type { NumReturnsOf } from '../runtime/handles/remote-types.js';
import { type ActorClass, createActorClass, streamingMethodsOf } from './actor-class.js';
import type { ActorOptions } from './actor-options.js';
import { callerModule } from './caller-module.js';
import { describeDefinition } from './describe-definition.js';
import { createRemoteFunction, type RemoteFunction } from './remote-function.js';
import type { TaskOptions } from './task-options.js';

/** What is built lies at any depth in one folder, a chunk one folder deep in it. */
const PACKAGE_CODE = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Makes a class or a function remote. Call it at the top level of a module: the worker imports that module and finds the same
 * definition.
 *
 *     class Counter { #n = 0; add(k: number) { return (this.#n += k); } }
 *     const RemoteCounter = ray.remote(Counter, { numCpus: 0.5 });
 *     const counter = RemoteCounter.remote();
 *     await ray.get(counter.add.remote(2));
 *
 *     const square = ray.remote(function square(n: number) { return n * n; });
 *     await ray.get(square.remote(4));
 *
 * @throws {InvalidArgumentError} for what has no name or is no class or function, and for options that don't fit.
 */
export function remote<C extends ActorConstructor>(definition: C, options?: ActorOptions): ActorClass<C>;
export function remote<
  Args extends readonly unknown[],
  Result,
  const Options extends TaskOptions = Record<never, never>,
>(definition: (...args: Args) => Result, options?: Options): RemoteFunction<Args, Result, NumReturnsOf<Options>>;
export function remote(definition: ActorConstructor | TaskFunction, options: ActorOptions | TaskOptions = {}): unknown {
  if (typeof definition !== 'function' || !definition.name) {
    throw new InvalidArgumentError('ray.remote takes a class or a function with a name, by which workers find it.');
  }
  const modulePath = callerModule(PACKAGE_CODE);
  if (!modulePath)
    throw new InvalidArgumentError('ray.remote must be called in a module file, which workers can import.');
  recordRemoteDefinition(modulePath, definition);
  const describe = describeDefinition(modulePath, definition.name);
  if (!isClass(definition)) return createRemoteFunction(definition, describe, options as TaskOptions);
  return createActorClass({ describe, streamingMethods: streamingMethodsOf(definition) }, options as ActorOptions);
}

/**
 * @internal A class of ray-ts itself, by the module that exports it: the caller need not load it. Its methods are no
 * generators.
 */
export function remoteByPath<C extends ActorConstructor>(modulePath: string, className: string): ActorClass<C> {
  const description = { modulePath: toPackagePath(modulePath), name: className, moduleHash: '', hostname: hostname() };
  return createActorClass({ describe: () => description, streamingMethods: [] }, {});
}

/** @internal A function of ray-ts itself, by the module that exports it; no generator. */
export function remoteFunctionByPath<Args extends readonly unknown[], Result>(
  modulePath: string,
  definition: (...args: Args) => Result,
): RemoteFunction<Args, Result> {
  const description = {
    modulePath: toPackagePath(modulePath),
    name: definition.name,
    moduleHash: '',
    hostname: hostname(),
  };
  return createRemoteFunction(definition, () => description, {});
}
