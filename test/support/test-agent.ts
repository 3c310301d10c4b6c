import { Deferred, type Resources, toFixedPoint } from '../../src/core/index.js';
import {
  type Draft,
  type MessageStream,
  type NodeCommand,
  type NodeMessage,
  type RpcClient,
  RpcServer,
  type StreamEnd,
} from '../../src/rpc/index.js';
import { HEAD_TOKEN, HEAD_VERSION } from './head-config.js';
import { Inbox } from './inbox.js';

/** An agent that does as it is told, and notes what that was. */
export class TestAgent {
  readonly asked = new Inbox<string>();
  readonly ended = new Deferred<StreamEnd>();
  readonly #server = new RpcServer({ token: HEAD_TOKEN });
  readonly #nodeId: string;
  #stream: MessageStream<NodeCommand, NodeMessage> | undefined;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
    this.#server.addService('AgentService', {
      prepareBundles: async ({ placementGroupId, bundles }) => {
        this.asked.push(`prepare ${placementGroupId} [${bundles.map(({ index }) => index).join(' ')}]`);
        return { prepared: true, gpus: bundles.map(() => ({ gpuIds: [] })) };
      },
      commitBundles: async ({ placementGroupId }) => {
        this.asked.push(`commit ${placementGroupId}`);
        return {};
      },
      returnBundles: async ({ placementGroupId }) => {
        this.asked.push(`return ${placementGroupId}`);
        return {};
      },
      startActor: async ({ spec, bundleIndex, numRestarts }) => {
        const again = numRestarts > 0 ? ` (restart ${numRestarts})` : '';
        this.asked.push(`start ${spec?.actorId} in bundle ${bundleIndex}${again}`);
        return { started: true };
      },
      leaseWorker: async ({ leaseId, holderWorkerId }) => {
        this.asked.push(`lease ${leaseId} for ${holderWorkerId}`);
        return { leased: true, address: this.#addressOf(`worker-of-${leaseId}`) };
      },
      returnWorker: async ({ leaseId, force }) => {
        this.asked.push(`return ${leaseId}${force ? ' and end its worker' : ''}`);
        return {};
      },
      killActor: async ({ actorId, kind, message, graceful }) => {
        this.asked.push(`kill ${actorId} ${kind}${graceful ? ' after its calls' : ''}`);
        const death = {
          kind,
          message,
          exitCode: -1,
          signal: 'SIGKILL',
          hostname: 'h',
          pid: 7,
          stderrTail: ['last words'],
        };
        this.send({ actorReport: { actorId, state: 'ACTOR_LIFE_STATE_DEAD', death } });
        return {};
      },
    });
  }

  async join(head: RpcClient<'HeadService'>, total: Resources, version = HEAD_VERSION): Promise<void> {
    const port = await this.#server.listen('127.0.0.1', 0);
    const registered = new Deferred<void>();
    this.#stream = head.stream('attachNode');
    this.#stream.receive((command) => {
      if (command.registered) registered.resolve();
      for (const workerId of command.workersGone?.workerIds ?? []) this.asked.push(`${workerId} is gone`);
    });
    this.#stream.onEnd((end) => {
      this.ended.resolve(end);
      registered.resolve();
    });
    this.send({
      register: {
        nodeId: this.#nodeId,
        agentAddress: `127.0.0.1:${port}`,
        hostname: `host-${this.#nodeId}`,
        pid: 1,
        total: { units: toFixedPoint(total) },
        version,
        nodeVersion: process.version,
        isHeadNode: false,
      },
    });
    await registered.promise;
  }

  send(message: Draft<NodeMessage>): void {
    void this.#stream?.send(message);
  }

  sayAlive(actorId: string, workerId = `worker-of-${actorId}`): void {
    const address = this.#addressOf(workerId);
    this.send({ actorReport: { actorId, state: 'ACTOR_LIFE_STATE_ALIVE', address } });
  }

  sayDead(actorId: string, workerId = `worker-of-${actorId}`): void {
    const death = { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message: 'It crashed.', exitCode: 3 } as const;
    const address = this.#addressOf(workerId);
    this.send({ actorReport: { actorId, state: 'ACTOR_LIFE_STATE_DEAD', address, death } });
  }

  #addressOf(workerId: string) {
    return { nodeId: this.#nodeId, hostname: 'h', pid: 7, rpcAddress: 'h:7', workerId, gpuIds: [] };
  }

  /** As kill -9 would. */
  vanish(): void {
    this.#stream?.close(new Error('killed'));
    this.#server.close();
  }
}
