import { ActorDiedError } from '../../core/index.js';
import { type ActorUpdate, fromErrorDetail } from '../../rpc/index.js';

export interface FailedCall {
  /** Empty when no call is concerned. */
  readonly method: string;
  readonly mayHaveRun: boolean;
}

/** What became of an actor, for whoever called it: how it ended, where, its last words, and whether the call may have run. */
export function actorDiedError(className: string, update: ActorUpdate, call: FailedCall): ActorDiedError {
  const { death } = update;
  const hostname = death?.hostname || update.address?.hostname || '';
  const pid = death?.pid || update.address?.pid || 0;
  const where = pid ? `Host ${hostname}, pid ${pid}.` : '';
  const tail = death?.stderrTail.length ? `\nThe last lines of its log:\n  ${death.stderrTail.join('\n  ')}` : '';
  const effect = call.method ? `The call ${call.method} ${call.mayHaveRun ? 'may have run' : 'did not run'}.` : '';
  const sentences = [`The actor ${className} (${update.actorId}) died.`, death?.message, where, effect].filter(Boolean);
  return new ActorDiedError(sentences.join(' ') + tail, {
    ...(death?.error ? { cause: fromErrorDetail(death.error) } : {}),
    details: {
      actorId: update.actorId,
      kind: death?.kind.replace('ACTOR_DEATH_KIND_', '') ?? 'PROCESS_EXITED',
      hostname,
      pid,
      exitCode: death?.exitCode ?? 0,
      signal: death?.signal ?? '',
      stderrTail: death?.stderrTail.join('\n') ?? '',
      mayHaveRun: call.mayHaveRun,
    },
  });
}
