import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ActorConstructor, createActorId, InvalidArgumentError, recordRemoteDefinition } from '../core/index.js';
import type { RemoteDefinition } from '../rpc/index.js';
import { ActorConnection } from '../runtime/calls/actor-connection.js';
import type { HeadConnection } from '../runtime/head-connection.js';
import { encodeArguments, type Remote } from '../runtime/objects/object-ref.js';
import { type ActorHandle, createActorHandle } from './actor-handle.js';
import { type ActorOptions, requiredResources, validateActorOptions } from './actor-options.js';
import { callerModule } from './caller-module.js';
import { ensureConnection } from './init.js';

const PACKAGE_CODE = dirname(dirname(fileURLToPath(import.meta.url)));

type RemoteArguments<Args extends readonly unknown[]> = { [I in keyof Args]: Remote<Args[I]> };

/** A class whose instances live in processes of the cluster. */
export interface ActorClass<C extends ActorConstructor> {
  /** Starts an instance and returns its handle at once; calls wait until it is up, and fail if it never comes up. */
  remote(...args: RemoteArguments<ConstructorParameters<C>>): ActorHandle<InstanceType<C>>;
  /** The same class with other options. */
  options(options: ActorOptions): ActorClass<C>;
}

/**
 * Makes a class remote. Call it at the top level of a module: the worker imports that module and finds the same class.
 *
 *     class Counter { #n = 0; add(k: number) { return (this.#n += k); } }
 *     const RemoteCounter = ray.remote(Counter, { numCpus: 0.5 });
 *     const counter = RemoteCounter.remote();
 *     await ray.get(counter.add.remote(2));
 */
export function remote<C extends ActorConstructor>(definition: C, options: ActorOptions = {}): ActorClass<C> {
  if (typeof definition !== 'function' || !definition.name) {
    throw new InvalidArgumentError('ray.remote takes a named class.');
  }
  const modulePath = callerModule(PACKAGE_CODE);
  if (!modulePath)
    throw new InvalidArgumentError('ray.remote must be called in a module file, which workers can import.');
  recordRemoteDefinition(modulePath, definition);
  return actorClass(() => describeModule(modulePath, definition.name), options);
}

/**
 * @internal A class of ray-ts itself, by the module that exports it: the caller need not load it.
 */
export function remoteByPath<C extends ActorConstructor>(modulePath: string, className: string): ActorClass<C> {
  return actorClass(() => ({ modulePath, name: className, moduleHash: '', hostname: hostname() }), {});
}

function actorClass<C extends ActorConstructor>(
  describe: () => RemoteDefinition,
  options: ActorOptions,
): ActorClass<C> {
  validateActorOptions(options);
  return {
    remote: (...args) => startActor(describe(), options, args),
    options: (more) => actorClass(describe, { ...options, ...more }),
  };
}

function describeModule(modulePath: string, name: string): RemoteDefinition {
  const moduleHash = createHash('sha256').update(readFileSync(modulePath)).digest('hex');
  return { modulePath, name, moduleHash, hostname: hostname() };
}

function startActor<T>(actorClass: RemoteDefinition, options: ActorOptions, args: readonly unknown[]): ActorHandle<T> {
  const actorId = createActorId();
  const resources = requiredResources(options);
  const connection = new ActorConnection(actorId, actorClass.name);
  const constructorArgs = encodeArguments(args);
  constructorArgs.catch(() => undefined); // awaited below, once there is a connection
  const create = async (): Promise<HeadConnection> => {
    const driver = await ensureConnection();
    const { placementGroup, placementGroupBundleIndex = -1 } = options.schedulingStrategy ?? {};
    const spec = {
      actorId,
      jobId: driver.jobId,
      actorClass,
      constructorArgs: await constructorArgs,
      resources: { units: resources },
      strategy: placementGroup
        ? { bundle: { placementGroupId: placementGroup.id, bundleIndex: placementGroupBundleIndex } }
        : {},
      maxConcurrency: options.maxConcurrency ?? 1,
      name: options.name ?? '',
      runtimeEnv: { envVars: { ...options.envVars } },
    };
    await driver.head.call('createActor', { spec });
    return driver;
  };
  connection.follow(create());
  return createActorHandle<T>(connection);
}
