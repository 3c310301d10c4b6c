import type { ActorDeathKind, ActorRecord } from '../../../../head/actors/actor-record.js';
import { decideAfterDeath } from '../../../../head/actors/decide-after-death.js';
import { actorRecord } from '../../../support/head-records.js';

const sequelOf = (kind: ActorDeathKind, change: Partial<ActorRecord>, isFree = false): string => {
  const { state, numRestarts, numFreeRestarts } = decideAfterDeath(
    actorRecord('a1', {}, change),
    { kind, message: '' },
    { isFree },
  );
  return `${state} ${numRestarts}-${numFreeRestarts}`;
};

describe('after the death of its process an actor', () => {
  it.each(['PROCESS_EXITED', 'NODE_DIED', 'OUT_OF_MEMORY'] as const)('starts again after %s', (kind) => {
    expect(sequelOf(kind, { maxRestarts: 1 })).toBe('RESTARTING 1-0');
    expect(sequelOf(kind, { maxRestarts: 0 })).toBe('DEAD 0-0');
  });

  it.each([
    'KILLED',
    'CONSTRUCTOR_FAILED',
    'OWNER_DIED',
    'PLACEMENT_GROUP_REMOVED',
    'UNSCHEDULABLE',
    'OUT_OF_SCOPE',
    'RUNTIME_ENV_FAILED',
  ] as const)('is dead for good after %s', (kind) => {
    expect(sequelOf(kind, { maxRestarts: -1 })).toBe('DEAD 0-0');
  });

  it('starts again as often as it may, or any number of times', () => {
    expect(sequelOf('PROCESS_EXITED', { maxRestarts: 2, numRestarts: 1 })).toBe('RESTARTING 2-0');
    expect(sequelOf('PROCESS_EXITED', { maxRestarts: 2, numRestarts: 2 })).toBe('DEAD 2-0');
    expect(sequelOf('PROCESS_EXITED', { maxRestarts: -1, numRestarts: 99 })).toBe('RESTARTING 100-0');
  });

  it('is not charged for what the cluster did, and does not start again if it never may', () => {
    expect(sequelOf('NODE_DIED', { maxRestarts: 1, numRestarts: 1 }, true)).toBe('RESTARTING 2-1');
    expect(sequelOf('PROCESS_EXITED', { maxRestarts: 1, numRestarts: 1, numFreeRestarts: 1 })).toBe('RESTARTING 2-1');
    expect(sequelOf('PLACEMENT_GROUP_REMOVED', { maxRestarts: 1 }, true)).toBe('RESTARTING 1-1');
    expect(sequelOf('NODE_DIED', { maxRestarts: 0 }, true)).toBe('DEAD 0-0');
  });

  it('is dead when that was decided before, however its process ended', () => {
    const ending = { kind: 'KILLED', message: '', isGraceful: false } as const;
    expect(sequelOf('PROCESS_EXITED', { maxRestarts: -1, ending })).toBe('DEAD 0-0');
    expect(sequelOf('NODE_DIED', { maxRestarts: -1, ending }, true)).toBe('DEAD 0-0');
  });
});
