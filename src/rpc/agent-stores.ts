import { ActorUnavailableError, type Credentials } from '../core/index.js';
import { RpcClient } from './client.js';

export type ObjectStoreRpcClient = RpcClient<'ObjectStoreService'>;

/** Calls the object stores of agents, with one connection for each that stays open until all are closed. */
export class AgentStores {
  readonly #credentials: Credentials;
  readonly #clients = new Map<string, ObjectStoreRpcClient>();

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** @param agentAddress host:port; an agent that can't be reached is an {@link ActorUnavailableError}. */
  at(agentAddress: string): ObjectStoreRpcClient {
    const known = this.#clients.get(agentAddress);
    if (known !== undefined) return known;
    const client = new RpcClient('ObjectStoreService', {
      address: agentAddress,
      credentials: this.#credentials,
      peer: `The agent at ${agentAddress}`,
      unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
    });
    this.#clients.set(agentAddress, client);
    return client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
