import { InternalError, type RayError } from '../../core/index.js';

/** Where a replica is in its life. It is launched for the first time together with all others, again by itself. */
export type ReplicaState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly numRestarts: number }
  /** It died of `error` and is launched for the `attempt`th time after the first. */
  | { readonly kind: 'restarting'; readonly attempt: number; readonly error: RayError }
  | { readonly kind: 'failed'; readonly error: RayError };

export type ReplicaEvent = { readonly kind: 'ready' } | { readonly kind: 'died'; readonly error: RayError };

function afterDeath(state: ReplicaState, error: RayError, maxRestarts: number): ReplicaState {
  const restartOr = (numRestarts: number): ReplicaState =>
    numRestarts < maxRestarts ? { kind: 'restarting', attempt: numRestarts + 1, error } : { kind: 'failed', error };
  switch (state.kind) {
    case 'starting':
      return { kind: 'failed', error };
    case 'running':
      return restartOr(state.numRestarts);
    case 'restarting':
      return restartOr(state.attempt);
    case 'failed':
      return state;
  }
}

/**
 * What follows. A first launch is not repeated: what keeps a replica from starting is for the caller to see.
 * @param maxRestarts over the whole life of the replica; a launch that fails counts.
 */
export function nextReplicaState(state: ReplicaState, event: ReplicaEvent, maxRestarts: number): ReplicaState {
  if (event.kind === 'died') return afterDeath(state, event.error, maxRestarts);
  if (state.kind === 'starting') return { kind: 'running', numRestarts: 0 };
  if (state.kind === 'restarting') return { kind: 'running', numRestarts: state.attempt };
  throw new InternalError(`A replica that is ${state.kind} can't become ready.`);
}
