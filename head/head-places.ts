import type { Logger, NodeId, WorkerId } from '../src/core/index.js';
import type { NodeCommand, NodeMessage, WorkerEvent, WorkerMessage } from '../src/rpc/index.js';
import type { AgentClients } from './agent-clients.js';
import type { StandbyTable } from './membership/standby-table.js';
import type { PeerStreams } from './services/peer-streams.js';

export interface HeadPlacesOptions {
  readonly clusterId: string;
  /** host:port of this head. */
  readonly address: string;
  /** It tells of changes itself, and is made later. */
  readonly standbys: () => StandbyTable;
  readonly agents: AgentClients;
  readonly nodes: PeerStreams<NodeId, NodeMessage, NodeCommand>;
  readonly workers: PeerStreams<WorkerId, WorkerMessage, WorkerEvent>;
  readonly logger: Logger;
}

/** Where this head and its standbys are, and telling others of it. */
export class HeadPlaces {
  readonly #options: HeadPlacesOptions;

  constructor(options: HeadPlacesOptions) {
    this.#options = options;
  }

  /** host:port each, this head's first. */
  list(): string[] {
    const { address, standbys } = this.#options;
    return [
      address,
      ...standbys()
        .list()
        .map((standby) => standby.address),
    ];
  }

  /** After standbys came or went. */
  tellAll(): void {
    const headAddresses = { addresses: this.list() };
    const { nodes, workers, logger } = this.#options;
    logger.info(headAddresses, 'standbys came or went');
    nodes.broadcast({ headAddresses });
    workers.broadcast({ headAddresses });
  }

  /** For a head that was started where nobody looks for it. */
  async announceTo(nodeId: NodeId): Promise<void> {
    const { agents, clusterId } = this.#options;
    await agents.get(nodeId).call('headMoved', { clusterId, headAddresses: { addresses: this.list() } });
  }
}
