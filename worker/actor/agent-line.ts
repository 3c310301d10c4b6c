import { type ErrorDetail, messageCodec, toErrorDetail } from '../../src/rpc/index.js';
import type { ActorProcessMessage } from './process-messages.js';

/** Shorter waits are not told: a task that waits for a quick one would cost two messages and a look at the whole cluster. */
const BLOCKED_AFTER_MS = 10;
/** How often the name of the running task may change for the agent. */
const RUNNING_MS = 250;

/** From the last reply's hand-over to gRPC to the socket that carries it. */
const FLUSH_MS = 20;

const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

/** What a worker process tells its agent. */
export class AgentLine {
  readonly #told = new Set<string>();
  readonly #blocked = new Map<string, NodeJS.Timeout>();
  #runningName = '';
  #toldName = '';
  #nameTimer: NodeJS.Timeout | undefined;

  alive(rpcAddress: string): void {
    this.#tell({ kind: 'alive', rpcAddress });
  }

  failed(error: unknown): void {
    this.#tell({ kind: 'failed', error: detailCodec.encode(toErrorDetail(error)) });
  }

  /** Says that the process ends on purpose, and ends it when that is heard and the last replies have left. */
  exiting(message: string): void {
    process.send?.({ kind: 'exiting', message } satisfies ActorProcessMessage, () => {
      setTimeout(() => process.exit(0), FLUSH_MS);
    });
  }

  /** A lease's tasks all wait for others, or one goes on. */
  blocked(leaseId: string, isBlocked: boolean): void {
    clearTimeout(this.#blocked.get(leaseId));
    this.#blocked.delete(leaseId);
    if (isBlocked === this.#told.has(leaseId)) return;
    if (!isBlocked) {
      this.#told.delete(leaseId);
      this.#tell({ kind: 'unblocked', leaseId });
      return;
    }
    const tell = (): void => {
      this.#blocked.delete(leaseId);
      this.#told.add(leaseId);
      this.#tell({ kind: 'blocked', leaseId });
    };
    this.#blocked.set(leaseId, setTimeout(tell, BLOCKED_AFTER_MS));
  }

  /** A task of this name begins. @param isIdle asked later: whether none runs any more. */
  running(name: string, isIdle: () => boolean): void {
    this.#runningName = name;
    if (this.#nameTimer || name === this.#toldName) return;
    this.#tellName(name);
    this.#nameTimer = setInterval(() => {
      const now = isIdle() ? '' : this.#runningName;
      if (now !== this.#toldName) this.#tellName(now);
      if (now !== '') return;
      clearInterval(this.#nameTimer);
      this.#nameTimer = undefined;
    }, RUNNING_MS).unref();
  }

  #tellName(name: string): void {
    this.#toldName = name;
    this.#tell({ kind: 'running', name });
  }

  #tell(message: ActorProcessMessage): void {
    if (process.connected) process.send?.(message);
  }
}
