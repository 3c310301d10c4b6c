import type { WorkerProcess } from './worker-process.js';

/** What the tables of this node need of a process that runs user code. */
export type HostedProcess = Pick<
  WorkerProcess,
  'pid' | 'workerId' | 'outPath' | 'errPath' | 'send' | 'onMessage' | 'onExit' | 'kill' | 'terminate'
>;
