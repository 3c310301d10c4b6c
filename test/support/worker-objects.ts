import { createWorkerId, type NodeId, NotInitializedError } from '../../src/core/index.js';
import { type NodeUpdate, type ObjectOwner, RpcServer } from '../../src/rpc/index.js';
import { isPortRefused } from '../../src/runtime/objects/is-port-refused.js';
import type { ObjectRef } from '../../src/runtime/objects/object-ref.js';
import type { ObjectStoreClient } from '../../src/runtime/objects/object-store-client.js';
import { openOwnerStream } from '../../src/runtime/objects/open-owner-stream.js';
import { ProcessObjects } from '../../src/runtime/objects/process-objects.js';
import { Topic } from '../../src/runtime/topic.js';
import type { MemoryStores } from './memory-object-store.js';

/** Of every worker here. */
export const credentials = { token: 'token' };

/** The objects of a worker with a real server, in this process. Of several, each stands for a process. */
export class WorkerObjects {
  readonly workerId = createWorkerId();
  readonly objects: ProcessObjects;
  readonly store: ObjectStoreClient & { beforeOpen: () => Promise<void> };
  /** What the head says of nodes. */
  readonly nodeUpdates = new Topic<NodeId, NodeUpdate>();
  #server = new RpcServer(credentials);
  #port = 0;

  private constructor(stores: MemoryStores, nodeId: string, graceMs: number) {
    this.objects = new ProcessObjects({ workerId: this.workerId, graceMs });
    this.store = stores.client(nodeId);
    this.objects.followNodes(this.nodeUpdates);
  }

  /** @param graceMs default 10 s, which no test waits for. */
  static async start(stores: MemoryStores, nodeId: string, graceMs = 10_000): Promise<WorkerObjects> {
    const worker = new WorkerObjects(stores, nodeId, graceMs);
    await worker.listen();
    worker.objects.connect({
      store: worker.store,
      address: () => worker.owner.rpcAddress,
      openLine: (owner) => openOwnerStream(credentials, owner),
      isRefused: (owner) => isPortRefused(owner.rpcAddress),
    });
    return worker;
  }

  /** At the port that it had, if it was cut off before. */
  async listen(): Promise<void> {
    this.#server = new RpcServer(credentials);
    this.#server.addService('WorkerService', { objects: (stream) => this.objects.serve(stream) });
    this.#port = await this.#server.listen('127.0.0.1', this.#port);
  }

  get owner(): ObjectOwner {
    return { workerId: this.workerId, rpcAddress: `127.0.0.1:${this.#port}` };
  }

  /** The head tells this worker that a node died. */
  onNodeDied(nodeId: string): void {
    this.nodeUpdates.publish(nodeId as NodeId, { nodeId, state: 'NODE_LIFE_STATE_DEAD' });
  }

  /** Ends its connections and listens no more, as when its process is killed. */
  kill(): void {
    this.#server.close();
  }

  async close(): Promise<void> {
    await this.objects.close(new NotInitializedError('The test is over.'));
    this.#server.close();
  }

  /** A call that this worker makes, to run at another: its arguments as the callee's code gets them, and how it is answered. */
  async call(callee: WorkerObjects, args: readonly unknown[]): Promise<ArrivedCall> {
    const ref = this.objects.createPendingOne();
    const encoded = await this.objects.encodeArguments(args);
    const decoded = await callee.objects.decodeArguments(encoded.args, encoded.storedArgs);
    const target = { objectId: ref.id, ownerWorkerId: this.workerId };
    return {
      ref,
      args: decoded.args,
      answer: async (value) => {
        const { result, release } = await callee.objects.encodeResult(value, target);
        await decoded.borrowed;
        encoded.release?.();
        await this.objects.settle(ref, result);
        release?.();
      },
    };
  }
}

export interface ArrivedCall {
  readonly ref: ObjectRef<unknown>;
  readonly args: unknown[];
  /** Does what callee and caller do when the call returns, up to the release of the reply. */
  answer(value: unknown): Promise<void>;
}
