import { type ActorId, InvalidArgumentError } from '../core/index.js';
import { ActorConnection } from '../runtime/calls/actor-connection.js';
import { ObjectRef, type Remote } from '../runtime/objects/object-ref.js';

type RemoteArguments<Args extends readonly unknown[]> = { [I in keyof Args]: Remote<Args[I]> };

/** A method of an actor, called from afar: returns at once, with a ref to the result. */
export interface RemoteMethod<Args extends readonly unknown[], Result> {
  remote(...args: RemoteArguments<Args>): ObjectRef<Awaited<Result>>;
}

const connectionOf: unique symbol = Symbol('ray-ts.actor-connection');

/** A running actor of class `T`: its methods, each with `.remote(…)`. */
export type ActorHandle<T> = {
  readonly [M in keyof T as T[M] extends (...args: never[]) => unknown ? M : never]: T[M] extends (
    ...args: infer Args
  ) => infer Result
    ? RemoteMethod<Args, Result>
    : never;
} & { readonly actorId: ActorId; readonly [connectionOf]: ActorConnection };

/** @internal */
export function createActorHandle<T>(connection: ActorConnection): ActorHandle<T> {
  const methods = new Map<string, RemoteMethod<unknown[], unknown>>();
  return new Proxy({} as ActorHandle<T>, {
    get: (_target, property) => {
      if (property === connectionOf) return connection;
      if (property === 'actorId') return connection.actorId;
      if (property === 'toJSON') return refuseToTravel;
      // `then` would make the handle look like a promise to `await`.
      if (typeof property === 'symbol' || property === 'then') return undefined;
      let method = methods.get(property);
      if (!method) {
        method = { remote: (...args) => new ObjectRef(connection.call(property, args)) };
        methods.set(property, method);
      }
      return method;
    },
  });
}

/** Serializers ask for `toJSON`: without an answer a handle would arrive as an empty object. */
function refuseToTravel(): never {
  throw new InvalidArgumentError('an actor handle belongs to the driver that made it, and can not be passed on');
}

/** @internal The connection behind a handle; undefined for anything else. */
export function actorConnection(handle: unknown): ActorConnection | undefined {
  const connection = (handle as Partial<Record<typeof connectionOf, unknown>> | undefined)?.[connectionOf];
  return connection instanceof ActorConnection ? connection : undefined;
}
