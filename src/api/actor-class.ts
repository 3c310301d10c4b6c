import { type ActorConstructor, createActorId, isGeneratorFunction } from '../core/index.js';
import type { ActorSpec, Draft, NamedActor, RemoteDefinition } from '../rpc/index.js';
import type { RegisteredActor } from '../runtime/calls/actor-connection.js';
import { currentCalls } from '../runtime/calls/current-calls.js';
import { type ActorFacts, type ActorHandle, createActorHandle } from '../runtime/handles/actor-handle.js';
import { keepWhileReferenced } from '../runtime/handles/actor-lifetime.js';
import type { RemoteArguments } from '../runtime/handles/remote-types.js';
import type { EncodedArguments } from '../runtime/objects/objects.js';
import { inheritedRuntimeEnv } from '../runtime/runtime-env/inherited-runtime-env.js';
import { mergeRuntimeEnv } from '../runtime/runtime-env/runtime-env.js';
import { sendRuntimeEnv } from '../runtime/runtime-env/send-runtime-env.js';
import { type ActorOptions, actorResources, validateActorOptions } from './actor-options.js';
import type { DescribeDefinition } from './describe-definition.js';
import { capturingPlacementGroup, strategyOf } from './scheduling-options.js';

/** A class whose instances live in processes of the cluster. */
export interface ActorClass<C extends ActorConstructor> {
  /** Starts an instance and returns its handle at once; calls wait until it is up, and fail if it never comes up. */
  remote(...args: RemoteArguments<ConstructorParameters<C>>): ActorHandle<InstanceType<C>>;
  /** The same class with other options. */
  options(options: ActorOptions): ActorClass<C>;
}

/** @internal What is the same for a class under all options. */
export interface ClassFacts {
  readonly describe: DescribeDefinition;
  /** Methods whose results are streams of items. */
  readonly streamingMethods: readonly string[];
}

/** @internal */
export function createActorClass<C extends ActorConstructor>(facts: ClassFacts, options: ActorOptions): ActorClass<C> {
  validateActorOptions(options);
  return {
    remote: (...args) => startActor(facts, options, args),
    options: (more) => createActorClass(facts, { ...options, ...more }),
  };
}

/** @internal The generator methods of a class, with those that it inherits. */
export function streamingMethodsOf(definition: ActorConstructor): string[] {
  const names = new Set<string>();
  for (
    let level: object = definition.prototype;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (isGeneratorFunction(value)) names.add(name);
    }
  }
  return [...names];
}

function startActor<T>(facts: ClassFacts, options: ActorOptions, args: readonly unknown[]): ActorHandle<T> {
  const calls = currentCalls();
  const definition = facts.describe(options.runtimeEnv?.workingDir);
  const actorId = createActorId();
  const connection = calls.newActor(actorId, definition.name);
  const encoded = encode(args);
  const capturedBy = capturingPlacementGroup();
  const create = async (): Promise<RegisteredActor> => {
    const worker = await calls.connect();
    const constructorArgs = await encoded;
    // They are needed for as long as the actor may be started again.
    if (constructorArgs.release) void connection.ended.then(constructorArgs.release);
    const spec = {
      ...actorSpec(facts, definition, options, capturedBy),
      runtimeEnv: mergeRuntimeEnv(inheritedRuntimeEnv(), await sendRuntimeEnv(worker.head, options.runtimeEnv ?? {})),
      actorId,
      jobId: worker.jobId,
      ownerWorkerId: worker.workerId,
      namespace: options.namespace ?? worker.namespace,
      constructorArgs: constructorArgs.args,
      storedArgs: constructorArgs.storedArgs,
    };
    const { existing } = await worker.head.call('createActor', { spec });
    return { worker, actorId: existing ? (existing.actorId as RegisteredActor['actorId']) : actorId };
  };
  connection.follow(create());
  const isOwned = options.lifetime !== 'detached';
  return createActorHandle<T>(
    connection,
    handleFacts(facts, definition, options),
    isOwned ? keepWhileReferenced(calls, connection, actorId) : undefined,
  );
}

async function encode(args: readonly unknown[]): Promise<EncodedArguments> {
  return currentCalls().objects.encodeArguments(args);
}

function actorSpec(
  { streamingMethods }: ClassFacts,
  actorClass: RemoteDefinition,
  options: ActorOptions,
  capturedBy: string,
): Draft<ActorSpec> {
  const { held, toBePlaced } = actorResources(options);
  const methodGroups = Object.entries(options.methods ?? {}).flatMap(([method, { concurrencyGroup }]) =>
    concurrencyGroup ? [[method, concurrencyGroup]] : [],
  );
  return {
    actorClass,
    resources: { units: held },
    placementResources: { units: toBePlaced },
    strategy: strategyOf(options, capturedBy),
    maxConcurrency: options.maxConcurrency ?? 1,
    concurrencyGroups: { ...options.concurrencyGroups },
    methodGroups: Object.fromEntries(methodGroups),
    name: options.name ?? '',
    detached: options.lifetime === 'detached',
    getIfExists: options.getIfExists ?? false,
    maxRestarts: options.maxRestarts ?? 0,
    maxTaskRetries: options.maxTaskRetries ?? 0,
    streamingMethods: [...streamingMethods],
    maxPendingCalls: options.maxPendingCalls ?? -1,
  };
}

function handleFacts(
  { streamingMethods }: ClassFacts,
  definition: RemoteDefinition,
  options: ActorOptions,
): ActorFacts {
  return {
    className: definition.name,
    maxTaskRetries: options.maxTaskRetries ?? 0,
    streamingMethods,
    maxPendingCalls: options.maxPendingCalls ?? -1,
    methods: options.methods ?? {},
  };
}

/** @internal A handle of an actor that another program made: it does not keep the actor alive. */
export function handleOfNamed<T>({ actorId, className, ...facts }: NamedActor): ActorHandle<T> {
  const connection = currentCalls().actor(actorId as RegisteredActor['actorId'], className);
  return createActorHandle<T>(connection, { className, ...facts, methods: {} }, undefined);
}
