import type { LLMWorkerMethods, WorkerPlace } from './worker-config.js';

/** A rank's worker as its executor calls it, whatever carries the calls. A call to a process that is gone rejects. */
export type RankCalls = {
  readonly [Method in keyof LLMWorkerMethods]: (
    ...args: Parameters<LLMWorkerMethods[Method]>
  ) => Promise<Awaited<ReturnType<LLMWorkerMethods[Method]>>>;
};

/** A rank's process, started: an actor of the cluster or a child of this process. */
export interface RankProcess {
  readonly calls: RankCalls;
  readonly place: WorkerPlace;
  /** Owner of its segments in shared memory. */
  readonly ownerId: string;
  readonly nodeId: string;
  readonly hostname: string;
  readonly pid: number;
  /** host:port where it takes bridges from other hosts; empty for one that takes none. */
  readonly rpcAddress: string;
}

/** @param call carries a method's name and its arguments to the process. */
export function createRankCalls(
  call: (method: keyof LLMWorkerMethods, args: readonly unknown[]) => Promise<unknown>,
): RankCalls {
  const send = <Method extends keyof LLMWorkerMethods>(method: Method): RankCalls[Method] =>
    ((...args: readonly unknown[]) => call(method, args)) as RankCalls[Method];
  return {
    describe: send('describe'),
    prepare: send('prepare'),
    load: send('load'),
    loadProgress: send('loadProgress'),
    computeProgress: send('computeProgress'),
    sealChannels: send('sealChannels'),
    run: send('run'),
    callMethod: send('callMethod'),
  };
}
