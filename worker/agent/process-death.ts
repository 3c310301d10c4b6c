import { OutOfMemoryError } from '../../src/core/index.js';
import { type ActorDeath, type ActorDeathKind, type ErrorDetail, toErrorDetail } from '../../src/rpc/index.js';
import type { ProcessExit } from './worker-process.js';

/** Why a process was ended, or ends itself, as far as it is known before it is gone. */
export interface EndReason {
  readonly kind: ActorDeathKind;
  readonly message: string;
  readonly error?: ErrorDetail;
}

/** The facts of a process's end. */
export interface ProcessEnd {
  readonly exit: ProcessExit;
  readonly pid: number;
  readonly hostname: string;
  /** Undefined: nobody here wanted it. */
  readonly reason: EndReason | undefined;
  /** True when the kernel has ended processes for want of memory since the last process's end. */
  readonly kernelOutOfMemory: boolean;
}

/** What the end of a process was: the reason that was known before, else what its exit tells. */
export function processDeath({ exit, pid, hostname, reason, kernelOutOfMemory }: ProcessEnd): ActorDeath {
  const { kind, message, error = null } = reason ?? describeExit(exit, kernelOutOfMemory);
  return { ...exit, stderrTail: [...exit.stderrTail], hostname, pid, kind, message, error };
}

function describeExit({ exitCode, signal }: ProcessExit, kernelOutOfMemory: boolean): EndReason {
  if (signal === 'SIGKILL' && kernelOutOfMemory) {
    const message =
      'The kernel ended its process for want of memory (SIGKILL by the out-of-memory killer). Give the node more memory, ' +
      'or run less at once: ask for `memory` or more `numCpus`.';
    return { kind: 'ACTOR_DEATH_KIND_OUT_OF_MEMORY', message, error: toErrorDetail(new OutOfMemoryError(message)) };
  }
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
  return { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message: `Its process ${how}.` };
}

/**
 * Reports of deaths, to be told again after a reconnection: the head may have been away when they were told first. Only the
 * last of each subject: the head started it again, so it knows of those before.
 */
export class ToldDeaths<Report> {
  readonly #capacity: number;
  /** In the order of the deaths. */
  readonly #reports = new Map<string, Report>();

  /** @param capacity of how many subjects, the latest. */
  constructor(capacity = 1_000) {
    this.#capacity = capacity;
  }

  /** @param subjectId of what died: an actor, which may die several times, or a lease. */
  add(subjectId: string, report: Report): void {
    this.#reports.delete(subjectId);
    this.#reports.set(subjectId, report);
    const [oldest] = this.#reports.keys();
    if (oldest !== undefined && this.#reports.size > this.#capacity) this.#reports.delete(oldest);
  }

  list(): readonly Report[] {
    return [...this.#reports.values()];
  }
}
