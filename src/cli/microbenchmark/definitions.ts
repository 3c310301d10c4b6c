import {
  type ActorHandle,
  free,
  get,
  type ObjectRef,
  put,
  type RemoteFunction,
  remoteByPath,
  remoteFunctionByPath,
} from '../../api/index.js';
import { builtModule } from '../../core/index.js';

/** What the cases call. Each does next to nothing, so that the way there and back is what is measured. */

const MODULE = builtModule('src/cli/microbenchmark/definitions.js');
const OK = Buffer.from('ok');

export function smallValue(): Buffer {
  return OK;
}

/** Puts small values, one after the other. */
export async function putSmall(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await put(0);
}

/** Puts arrays of so many elements, one after the other, and frees each before the next. */
export async function putLarge(count: number, length: number): Promise<void> {
  const array = new BigInt64Array(length);
  for (let index = 0; index < count; index++) free([await put(array)]);
}

/** A list of refs. */
export function manyRefs(count: number): Promise<ObjectRef<number>[]> {
  return Promise.all(Array.from({ length: count }, () => put(1)));
}

/** Calls each of the actors in turn, so many times in all. */
export async function callInTurn(actors: readonly ActorHandle<Server>[], count: number): Promise<void> {
  await get(Array.from({ length: count }, (_, index) => actors[index % actors.length]!.smallValue.remote()));
}

/** As {@link callInTurn}, of the method that is asynchronous. */
export async function callLaterInTurn(actors: readonly ActorHandle<Server>[], count: number): Promise<void> {
  await get(Array.from({ length: count }, (_, index) => actors[index % actors.length]!.smallValueLater.remote()));
}

export class Server {
  smallValue(): Buffer {
    return OK;
  }

  async smallValueLater(): Promise<Buffer> {
    return OK;
  }

  smallValueOf(_value: unknown): Buffer {
    return OK;
  }

  async smallValueOfLater(_value: unknown): Promise<Buffer> {
    return OK;
  }
}

/** Calls servers, or submits tasks, from a process of its own. */
export class Client {
  readonly #servers: readonly ActorHandle<Server>[];

  constructor(servers: readonly ActorHandle<Server>[]) {
    this.#servers = servers;
  }

  call(count: number): Promise<void> {
    return callInTurn(this.#servers, count);
  }

  callLater(count: number): Promise<void> {
    return callLaterInTurn(this.#servers, count);
  }

  /** Every call has a ref for its argument. */
  async callWithRef(count: number): Promise<void> {
    const ref = await put(0);
    await get(Array.from({ length: count }, () => this.#servers[0]!.smallValueOf.remote(ref)));
  }

  async submitTasks(count: number): Promise<void> {
    const task = byPath(smallValue);
    await get(Array.from({ length: count }, () => task.remote()));
  }
}

const byPath = <Args extends readonly unknown[], Result>(
  definition: (...args: Args) => Result,
): RemoteFunction<Args, Result> => remoteFunctionByPath(MODULE, definition);

export const remoteTasks = {
  smallValue: byPath(smallValue),
  putSmall: byPath(putSmall),
  putLarge: byPath(putLarge),
  manyRefs: byPath(manyRefs),
  callInTurn: byPath(callInTurn),
  callLaterInTurn: byPath(callLaterInTurn),
};

export const RemoteServer = remoteByPath<typeof Server>(MODULE, 'Server').options({ numCpus: 0 });
export const RemoteClient = remoteByPath<typeof Client>(MODULE, 'Client').options({ numCpus: 0 });
