import { type ActorId, InvalidArgumentError, PendingCallsLimitExceededError } from '../../core/index.js';
import { registerValueClass, valueTypes } from '../../rpc/index.js';
import type { ActorConnection } from '../calls/actor-connection.js';
import { currentCalls } from '../calls/current-calls.js';
import type { CallSpec } from '../calls/submitted-call.js';
import { TaskTime } from '../calls/task-time.js';
import type { ObjectRef } from '../objects/object-ref.js';
import { callResults } from './call-results.js';
import { type MethodOptions, validateMethodOptions } from './method-options.js';
import type { NumReturnsOf, RemoteArguments, RemoteResults } from './remote-types.js';
import { retriedExceptions } from './retry-options.js';

/** A method of an actor, called from afar. */
export interface RemoteMethod<
  Args extends readonly unknown[],
  Result,
  NumReturns extends number | undefined = undefined,
> {
  /**
   * Returns at once, with a ref to the result (for a generator refs to its items).
   * @throws {PendingCallsLimitExceededError} when the actor's `maxPendingCalls` are unfinished.
   */
  remote(...args: RemoteArguments<Args>): RemoteResults<Result, NumReturns>;
  /** The same method with other options. */
  options<const Options extends MethodOptions>(
    options: Options,
  ): RemoteMethod<Args, Result, NumReturnsOf<Options> extends undefined ? NumReturns : NumReturnsOf<Options>>;
}

/** What a handle knows of its actor. It travels with the handle. */
export interface ActorFacts {
  readonly className: string;
  readonly maxTaskRetries: number;
  /** Methods whose results are streams of items. */
  readonly streamingMethods: readonly string[];
  /** 0 or less: any number. */
  readonly maxPendingCalls: number;
  readonly methods: Readonly<Record<string, MethodOptions>>;
}

interface HandleState {
  readonly connection: ActorConnection;
  readonly facts: ActorFacts;
  /** Counts the handles of an actor that ends with the last of them; undefined: the handle does not keep it alive. */
  readonly counted: ObjectRef<unknown> | undefined;
}

const stateKey: unique symbol = Symbol.for('ray-ts.actor-handle') as never;

/** A running actor of class `T`: its methods, each with `.remote(…)`. It may be passed to other actors and tasks. */
export type ActorHandle<T> = {
  readonly [M in keyof T as T[M] extends (...args: never[]) => unknown ? M : never]: T[M] extends (
    ...args: infer Args
  ) => infer Result
    ? RemoteMethod<Args, Result>
    : never;
} & {
  readonly actorId: ActorId;
  /** Its ref is ready when the actor is up. */
  readonly __rayReady__: RemoteMethod<[], boolean>;
  /** Ends the actor when the calls before it have run. It is not restarted. */
  readonly __rayTerminate__: RemoteMethod<[], void>;
  readonly [stateKey]: HandleState;
};

/** @internal @param counted undefined for a handle that does not keep the actor alive. */
export function createActorHandle<T>(
  connection: ActorConnection,
  facts: ActorFacts,
  counted: ObjectRef<unknown> | undefined,
): ActorHandle<T> {
  const methods = new Map<string, RemoteMethod<unknown[], unknown>>();
  const state: HandleState = { connection, facts, counted };
  const handle = new Proxy({} as ActorHandle<T>, {
    get: (_target, property) => {
      if (property === stateKey) return state;
      if (property === 'actorId') return connection.actorId;
      if (property === 'toJSON') return refuseJson;
      // `then` would make the handle look like a promise to `await`.
      if (typeof property === 'symbol' || property === 'then') return undefined;
      let method = methods.get(property);
      if (!method) {
        method = remoteMethod(handle, property, facts.methods[property] ?? {});
        methods.set(property, method);
      }
      return method;
    },
    has: (_target, property) => property === stateKey || property === 'actorId',
  });
  return handle;
}

/** The method holds the handle: a program may keep `handle.add` alone. */
function remoteMethod(
  handle: ActorHandle<unknown>,
  name: string,
  options: MethodOptions,
): RemoteMethod<unknown[], unknown> {
  const { connection, facts } = handle[stateKey];
  const spec = methodSpec(name, facts, options);
  const calls = currentCalls();
  const { maxPendingCalls } = facts;
  return {
    remote: (...args) => {
      if (maxPendingCalls > 0 && connection.numPending >= maxPendingCalls) throw tooManyCalls(handle, name);
      return callResults(connection.call(spec, args), calls.ledger) as never;
    },
    options: (more) => {
      validateMethodOptions(more);
      return remoteMethod(handle, name, { ...options, ...more }) as never;
    },
  };
}

function methodSpec(method: string, facts: ActorFacts, options: MethodOptions): CallSpec {
  const { generatorBackpressureNumObjects: backpressure = -1 } = options;
  return {
    name: options.name ?? `${facts.className}.${method}`,
    method,
    definition: undefined,
    numReturns: facts.streamingMethods.includes(method) ? -1 : (options.numReturns ?? 1),
    backpressure: Math.max(0, backpressure),
    concurrencyGroup: options.concurrencyGroup ?? '',
    retry: {
      maxRetries: options.maxTaskRetries ?? facts.maxTaskRetries,
      exceptions: retriedExceptions(options.retryExceptions),
    },
    time: new TaskTime(),
  };
}

function tooManyCalls(handle: ActorHandle<unknown>, method: string): PendingCallsLimitExceededError {
  const { className, maxPendingCalls } = handle[stateKey].facts;
  return new PendingCallsLimitExceededError(
    `The call ${method} could not be submitted to actor ${className} (${handle.actorId}) because ${maxPendingCalls} calls ` +
      'of this process are unfinished. The limit is the maxPendingCalls option of the actor. The call was not sent.',
    { details: { actorId: handle.actorId, mayHaveRun: false } },
  );
}

/** Text does not keep an actor alive, and nothing could make a handle of it again. */
function refuseJson(): never {
  throw new InvalidArgumentError(
    "An actor handle can't be written as JSON. Pass it to remote calls as it is, or name the actor and use getActor.",
  );
}

const isActorHandle = (value: unknown): value is ActorHandle<unknown> =>
  typeof value === 'object' && value !== null && stateKey in value;

/** @internal The line behind a handle; undefined for anything else. */
export const actorConnection = (handle: unknown): ActorConnection | undefined =>
  isActorHandle(handle) ? handle[stateKey].connection : undefined;

interface TravellingHandle {
  readonly actorId: ActorId;
  readonly facts: ActorFacts;
  readonly counted: ObjectRef<unknown> | undefined;
}

registerValueClass<ActorHandle<unknown>>({
  Class: { [Symbol.hasInstance]: isActorHandle },
  type: valueTypes.actorHandle,
  write: (handle) => {
    const { connection, facts, counted } = handle[stateKey];
    return { actorId: connection.actorId, facts: travellingFacts(facts), counted } satisfies TravellingHandle;
  },
  read: (data) => {
    const { actorId, facts, counted } = data as TravellingHandle;
    if (typeof actorId !== 'string' || typeof facts?.className !== 'string') {
      throw new InvalidArgumentError('A received value holds an actor handle that names no actor.');
    }
    return createActorHandle(currentCalls().actor(actorId, facts.className), facts, counted);
  },
});

/** Error classes go by name. */
function travellingFacts(facts: ActorFacts): ActorFacts {
  const methods = Object.entries(facts.methods).map(([name, options]): [string, MethodOptions] => {
    const { retryExceptions, ...rest } = options;
    return [
      name,
      retryExceptions === undefined ? rest : { ...rest, retryExceptions: retriedExceptions(retryExceptions) },
    ];
  });
  return { ...facts, methods: Object.fromEntries(methods) };
}
