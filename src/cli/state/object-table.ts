import type { ListObjectsResponse, NodeView } from '../../rpc/index.js';
import { ipOf } from '../node-ip.js';
import type { StateTable } from './state-row.js';

/** What one node answered; an error when it did not. */
export interface NodeObjects {
  readonly node: NodeView;
  readonly answer: ListObjectsResponse | Error;
}

/** The objects in the nodes' stores; values of at most 100 KiB live with their owners and are not among them. */
export function objectTable(nodes: readonly NodeObjects[]): StateTable {
  return {
    columns: ['object_id', 'object_size', 'state', 'primary', 'owner_worker_id', 'node_id', 'ip'],
    idColumn: 'object_id',
    rows: nodes.flatMap(({ node, answer }) =>
      answer instanceof Error
        ? []
        : answer.objects.map((object) => ({
            object_id: object.objectId,
            object_size: object.size,
            state: object.state,
            primary: object.primary,
            owner_worker_id: object.ownerWorkerId,
            node_id: node.nodeId,
            ip: ipOf(node),
          })),
    ),
    warnings: nodes.flatMap(({ node, answer }) =>
      answer instanceof Error ? [`Node ${node.hostname} (${node.agentAddress}) did not answer: ${answer.message}`] : [],
    ),
  };
}
