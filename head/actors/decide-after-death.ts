import type { ActorDeathKind, ActorDeathRecord, ActorRecord, ActorState } from './actor-record.js';

/** Ends that somebody wanted, or that would only happen again. */
const FINAL_KINDS: ReadonlySet<ActorDeathKind> = new Set([
  'KILLED',
  'CONSTRUCTOR_FAILED',
  'OWNER_DIED',
  'PLACEMENT_GROUP_REMOVED',
  'UNSCHEDULABLE',
  'OUT_OF_SCOPE',
  'RUNTIME_ENV_FAILED',
]);

export interface DeathContext {
  /** The cluster ended the process for reasons of its own: it starts again, and that does not count. */
  readonly isFree: boolean;
}

export type ActorSequel = Pick<ActorRecord, 'numRestarts' | 'numFreeRestarts'> & {
  readonly state: Extract<ActorState, 'RESTARTING' | 'DEAD'>;
};

/**
 * What becomes of an actor whose process has ended: a constructor that failed kills, whatever restarts are left; a crash,
 * a memory shortage and a dead node use up a restart; a node that was drained uses up none.
 *
 * @source Ray's rules for max_restarts
 */
export function decideAfterDeath(actor: ActorRecord, death: ActorDeathRecord, { isFree }: DeathContext): ActorSequel {
  const { numRestarts, numFreeRestarts } = actor;
  const isFinal = actor.ending !== undefined || (FINAL_KINDS.has(death.kind) && !isFree);
  const mayRestart = actor.maxRestarts !== 0 && (isFree || hasRestartsLeft(actor));
  if (isFinal || !mayRestart) return { state: 'DEAD', numRestarts, numFreeRestarts };
  return { state: 'RESTARTING', numRestarts: numRestarts + 1, numFreeRestarts: numFreeRestarts + (isFree ? 1 : 0) };
}

/** True when the actor may start again once more. */
export function hasRestartsLeft({ maxRestarts, numRestarts, numFreeRestarts }: ActorRecord): boolean {
  return maxRestarts === -1 || numRestarts - numFreeRestarts < maxRestarts;
}
