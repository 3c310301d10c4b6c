import type { Draft, JobView, NodeLifeState, NodeUpdate, NodeView } from '../../src/rpc/index.js';
import type { JobRecord } from '../jobs/job-record.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { NodeSnapshot } from '../placement/node-snapshot.js';

/** @param snapshot what is free on it, and its labels; undefined for a dead node. */
export function toNodeView(node: NodeRecord, snapshot: NodeSnapshot | undefined): Draft<NodeView> {
  const { nodeId, hostname, nodeName, agentAddress, pid, isHeadNode, isDraining, deathReason, objectStoreBytes } = node;
  return {
    nodeId,
    hostname,
    nodeName,
    agentAddress,
    pid,
    isHeadNode,
    deathReason,
    objectStoreBytes,
    startTimeMs: node.startedAtMs,
    endTimeMs: node.endedAtMs,
    draining: isDraining,
    labels: snapshot?.labels ?? node.labels,
    state: lifeStateOf(node),
    total: { units: node.total },
    available: { units: snapshot?.available ?? {} },
  };
}

export const toNodeUpdate = (node: NodeRecord): Draft<NodeUpdate> => ({
  nodeId: node.nodeId,
  state: lifeStateOf(node),
});

/** One that is to come back counts as alive: what it holds is not lost. */
const lifeStateOf = ({ state }: NodeRecord): NodeLifeState =>
  state === 'DEAD' ? 'NODE_LIFE_STATE_DEAD' : 'NODE_LIFE_STATE_ALIVE';

export function toJobView(job: JobRecord): Draft<JobView> {
  const { jobId, hostname, pid, entrypoint, namespace, submissionId } = job;
  return {
    jobId,
    hostname,
    pid,
    entrypoint,
    namespace,
    submissionId,
    alive: job.state === 'RUNNING',
    startTimeMs: job.startedAtMs,
    endTimeMs: job.endedAtMs,
  };
}
