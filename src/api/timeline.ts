import { writeFileSync } from 'node:fs';
import type { HeadClient } from '../rpc/index.js';
import { chromeTrace, type TraceEvent } from './chrome-trace.js';
import { ensureConnection } from './init.js';

const TIMEOUT_MS = 30_000;

/**
 * When each task and actor call ran, and where, as a trace for chrome://tracing or ui.perfetto.dev: what the head still
 * remembers. The last second may be missing, for workers report once a second.
 *
 * @param filename also write the trace there, as JSON.
 */
export async function timeline(filename?: string): Promise<TraceEvent[]> {
  const { head } = await ensureConnection();
  const { trace } = await readTrace(head);
  if (filename !== undefined) writeFileSync(filename, JSON.stringify(trace));
  return trace;
}

/** @internal The trace, and how many events of it were dropped before they were read. */
export async function readTrace(head: HeadClient): Promise<{ trace: TraceEvent[]; numDropped: number }> {
  const [{ events, numDropped }, { nodes }] = await Promise.all([
    head.call('listTasks', { limit: 0 }, TIMEOUT_MS),
    head.call('getClusterState', {}, TIMEOUT_MS),
  ]);
  const names = new Map(nodes.map((node) => [node.nodeId, `${node.hostname} (${node.agentAddress})`]));
  return { trace: chromeTrace(events, names, Date.now()), numDropped };
}
