import { InvalidArgumentError, shortId, toError } from '../../core/index.js';
import { createAgentClient, listLogs, type NodeView } from '../../rpc/index.js';
import { ipOf } from '../node-ip.js';
import type { ReachedHead } from '../with-head.js';
import { globToRegExp } from './glob.js';

/** Which nodes are looked at; default all that live. */
export interface NodeChoice {
  /** An id, or the first characters of one. */
  readonly nodeId?: string;
  readonly nodeIp?: string;
}

/** The log files of a node that were asked for; an error when it did not answer. */
export interface NodeLogs {
  readonly node: NodeView;
  readonly fileNames: readonly string[] | Error;
}

/**
 * The nodes of a choice that live.
 * @throws {InvalidArgumentError} when there are none.
 */
export function chooseNodes(nodes: readonly NodeView[], { nodeId, nodeIp }: NodeChoice): NodeView[] {
  const chosen = nodes.filter(
    (node) =>
      node.state === 'NODE_LIFE_STATE_ALIVE' &&
      (nodeId === undefined || node.nodeId.startsWith(nodeId)) &&
      (nodeIp === undefined || ipOf(node) === nodeIp),
  );
  if (chosen.length > 0) return chosen;
  const wanted = nodeId ?? nodeIp;
  throw new InvalidArgumentError(
    wanted === undefined
      ? 'The cluster has no living node, and only those show their logs.'
      : `There is no living node ${wanted}: see ray-ts list nodes.`,
  );
}

/** Asks each of the nodes for its log files whose names a pattern means. */
export function findLogs(nodes: readonly NodeView[], glob: string, head: ReachedHead): Promise<NodeLogs[]> {
  const isMeant = globToRegExp(glob);
  return Promise.all(
    nodes.map(async (node) => {
      const agent = createAgentClient(node.agentAddress, head.credentials);
      try {
        return { node, fileNames: (await listLogs(agent)).filter((name) => isMeant.test(name)) };
      } catch (error) {
        return { node, fileNames: toError(error) };
      } finally {
        agent.close();
      }
    }),
  );
}

/** As `ray-ts logs` lists them. */
export function formatLogs(logs: readonly NodeLogs[]): string {
  return logs
    .flatMap(({ node, fileNames }) =>
      fileNames instanceof Error || fileNames.length === 0
        ? []
        : [`Node ${shortId(node.nodeId)} (${ipOf(node)}):`, ...fileNames.map((name) => `  ${name}`)],
    )
    .map((line) => `${line}\n`)
    .join('');
}
