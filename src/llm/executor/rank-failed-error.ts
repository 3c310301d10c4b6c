import { RankFailedError, RayError } from '../../core/index.js';

/** A rank, for people who look for it. */
export interface RankIdentity {
  readonly rank: number;
  readonly stage: number;
  readonly tensorRank: number;
  readonly hostname: string;
  readonly pid: number;
}

/** What happened to a rank: who it was, where it ran, how it ended, and the last lines of its log. */
export function rankFailedError(identity: RankIdentity, cause: Error): RankFailedError {
  const { rank, stage, tensorRank, hostname, pid } = identity;
  const facts = cause instanceof RayError ? cause.details : {};
  const { kind, signal = '', exitCode = 0, stderrTail = '' } = facts;
  const tail = stderrTail ? `\nThe last lines of its log:\n  ${String(stderrTail).split('\n').join('\n  ')}` : '';
  const how = signal
    ? `was ended by ${signal}`
    : kind === 'PROCESS_EXITED'
      ? `ended with exit code ${exitCode}`
      : `failed: ${cause.message.replace(/\.$/, '')}`;
  const message = `Rank ${rank} (stage ${stage}, tensor rank ${tensorRank}; host ${hostname}, pid ${pid}) ${how}.${tail}`;
  return new RankFailedError(message, {
    cause,
    details: { rank, stage, tensorRank, hostname, pid, signal, exitCode, stderrTail },
  });
}
