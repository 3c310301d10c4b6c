import { EngineDeadError } from '../../../../../src/core/index.js';
import { nextReplicaState, type ReplicaState } from '../../../../../src/llm/data-parallel/replica-state.js';

const error = new EngineDeadError('killed');
const died = { kind: 'died', error } as const;
const ready = { kind: 'ready' } as const;

describe('nextReplicaState', () => {
  it.each<[string, ReplicaState, number, ReplicaState]>([
    ['a first launch is not repeated', { kind: 'starting' }, 5, { kind: 'failed', error }],
    ['without restarts', { kind: 'running', numRestarts: 0 }, 0, { kind: 'failed', error }],
    ['with a restart left', { kind: 'running', numRestarts: 1 }, 2, { kind: 'restarting', attempt: 2, error }],
    ['with no restart left', { kind: 'running', numRestarts: 2 }, 2, { kind: 'failed', error }],
    ['in a launch that fails', { kind: 'restarting', attempt: 1, error }, 2, { kind: 'restarting', attempt: 2, error }],
    ['in the last launch', { kind: 'restarting', attempt: 2, error }, 2, { kind: 'failed', error }],
  ])('after a death: %s', (_, state, maxRestarts, next) => {
    expect(nextReplicaState(state, died, maxRestarts)).toEqual(next);
  });

  it('remembers the restarts of a replica that is back', () => {
    expect(nextReplicaState({ kind: 'restarting', attempt: 2, error }, ready, 3)).toEqual({
      kind: 'running',
      numRestarts: 2,
    });
  });

  it('lets nothing bring back what has failed', () => {
    expect(() => nextReplicaState({ kind: 'failed', error }, ready, 3)).toThrow("can't become ready");
    expect(nextReplicaState({ kind: 'failed', error }, died, 3)).toEqual({ kind: 'failed', error });
  });
});
