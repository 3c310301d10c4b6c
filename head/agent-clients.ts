import { ActorUnavailableError, type Credentials, NodeDiedError, type NodeId } from '../src/core/index.js';
import { RpcClient } from '../src/rpc/index.js';
import type { ClusterState } from './cluster-state.js';

export type AgentClient = RpcClient<'AgentService'>;

/** One client per living node, made when first needed. */
export class AgentClients {
  readonly #clients = new Map<NodeId, AgentClient>();
  readonly #state: ClusterState;
  readonly #credentials: Credentials;

  constructor(state: ClusterState, credentials: Credentials) {
    this.#state = state;
    this.#credentials = credentials;
  }

  /** @throws {NodeDiedError} when the node is dead. */
  get(nodeId: NodeId): AgentClient {
    const node = this.#state.nodes.get(nodeId);
    if (!node || node.state === 'DEAD') throw new NodeDiedError(`Node ${nodeId} is dead.`);
    let client = this.#clients.get(nodeId);
    if (!client) {
      client = new RpcClient('AgentService', {
        address: node.agentAddress,
        credentials: this.#credentials,
        peer: `The agent of node ${node.hostname} (${node.agentAddress})`,
        unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
      });
      this.#clients.set(nodeId, client);
    }
    return client;
  }

  drop(nodeId: NodeId): void {
    this.#clients.get(nodeId)?.close();
    this.#clients.delete(nodeId);
  }

  close(): void {
    for (const nodeId of [...this.#clients.keys()]) this.drop(nodeId);
  }
}
