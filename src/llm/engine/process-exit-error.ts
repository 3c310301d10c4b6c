import { EngineDeadError } from '../../core/index.js';

/** The process of an engine core, for people who look for it. */
export interface EngineCoreProcessIdentity {
  readonly dataParallelRank: number;
  readonly hostname: string;
  readonly pid: number;
}

/** How a process ended; one of `exitCode` and `signal` is null. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines of its standard error, oldest first. */
  readonly stderrTail: readonly string[];
}

/** What happened to an engine core: who it was, how its process ended, and the last it wrote. */
export function processExitError(identity: EngineCoreProcessIdentity, exit: ProcessExit): EngineDeadError {
  const { dataParallelRank, hostname, pid } = identity;
  const { exitCode, signal, stderrTail } = exit;
  const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
  const tail = stderrTail.length === 0 ? '' : `\nThe last lines of its log:\n  ${stderrTail.join('\n  ')}`;
  return new EngineDeadError(
    `The engine core of data-parallel rank ${dataParallelRank} (host ${hostname}, pid ${pid}) ${how}.${tail}`,
    { details: { ...identity, exitCode, signal, stderrTail: stderrTail.join('\n') } },
  );
}
