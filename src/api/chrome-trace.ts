import type { TaskEvent } from '../rpc/index.js';
import { groupByAttempt } from './group-by-attempt.js';

/**
 * An event of Chrome's trace format (chrome://tracing, Perfetto). Times are in microseconds.
 * @source the Trace Event Format document of the Chromium project; categories and names as `ray timeline` writes them
 */
export type TraceEvent =
  | {
      readonly ph: 'X';
      readonly cat: string;
      readonly name: string;
      readonly pid: string;
      readonly tid: string;
      readonly ts: number;
      readonly dur: number;
      readonly cname: string;
      readonly args: Readonly<Record<string, string | number>>;
    }
  | {
      readonly ph: 'M';
      readonly name: 'process_name' | 'thread_name';
      readonly pid: string;
      readonly tid: string;
      readonly args: { readonly name: string };
    };

/** Which address people know a node by. */
export type NodeNames = ReadonlyMap<string, string>;

/** Runs of tasks and actor calls as bars: a row per worker, grouped by node. What still runs ends at `nowMs`. */
export function chromeTrace(events: readonly TaskEvent[], nodes: NodeNames, nowMs: number): TraceEvent[] {
  const runs = groupByAttempt(events).flatMap((attempt) => runOf(attempt, nodes, nowMs));
  const names = new Map(runs.map((run) => [`${run.pid} ${run.tid}`, run]));
  const metadata = [...names.values()].flatMap(({ pid, tid }): TraceEvent[] => [
    { ph: 'M', name: 'process_name', pid, tid: '', args: { name: `Node ${pid}` } },
    { ph: 'M', name: 'thread_name', pid, tid, args: { name: tid } },
  ]);
  return [...metadata, ...runs];
}

type Run = Extract<TraceEvent, { ph: 'X' }>;

function runOf(attempt: readonly TaskEvent[], nodes: NodeNames, nowMs: number): Run[] {
  const started = attempt.find((event) => event.status === 'TASK_STATUS_RUNNING');
  if (!started) return [];
  const ended = attempt.find(({ status }) => status === 'TASK_STATUS_FINISHED' || status === 'TASK_STATUS_FAILED');
  const name = attempt.find((event) => event.name !== '')?.name ?? '';
  const error = ended?.errorMessage;
  return [
    {
      ph: 'X',
      cat: `task::${name}`,
      name: `task::${name}`,
      pid: nodes.get(started.nodeId) ?? started.nodeId,
      tid: `worker:${started.workerId}`,
      ts: started.timeMs * 1_000,
      dur: ((ended?.timeMs ?? nowMs) - started.timeMs) * 1_000,
      cname: error ? 'terrible' : 'generic_work',
      args: { name, task_id: started.taskId, attempt: started.attempt, ...(error ? { error } : {}) },
    },
  ];
}
