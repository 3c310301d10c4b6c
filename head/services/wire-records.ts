import type { Draft, JobView, NodeView } from '../../src/rpc/index.js';
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
    state: node.state === 'DEAD' ? 'NODE_LIFE_STATE_DEAD' : 'NODE_LIFE_STATE_ALIVE',
    total: { units: node.total },
    available: { units: snapshot?.available ?? {} },
  };
}

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
