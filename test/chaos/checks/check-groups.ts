import type { LoadRecord } from '../load/load-record.js';
import { outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

/** A named placement group that the cluster has when all is healed. */
export interface GroupState {
  readonly name: string;
  /** As the head names it: CREATED, RESCHEDULING and so on. */
  readonly state: string;
  /** The node of each bundle; empty for one that has none. */
  readonly nodeIds: readonly string[];
}

/** Compares the groups that were made and removed with those that are there, which must lie on nodes that are there. */
export function checkGroups(
  records: readonly LoadRecord[],
  groups: readonly GroupState[],
  liveNodeIds: readonly string[],
): Violation[] {
  const removals = new Map(outcomesOf(records, 'remove-group').map(({ id, step }) => [id, step]));
  const byName = new Map(groups.map((group) => [group.name, group]));
  const creations = outcomesOf(records, 'create-group');
  const known = new Set(creations.map(({ id }) => id));
  const perCreation = creations.flatMap(({ id, step }) => {
    const group = byName.get(id);
    const removal = removals.get(id);
    if (removal === 'acknowledged') return group ? [gone(group)] : [];
    if (step === 'refused') return group ? [notMade(group)] : [];
    if (step !== 'acknowledged' || removal !== undefined) return [];
    return group ? checkWhole(group, liveNodeIds) : [lost(id)];
  });
  const strangers = groups.filter(({ name }) => !known.has(name));
  return [...perCreation, ...strangers.map(notMade)];
}

function checkWhole({ name, state, nodeIds }: GroupState, liveNodeIds: readonly string[]): Violation[] {
  const promise = 'a group that was acknowledged is whole again when all is healed';
  if (state !== 'CREATED') return [{ promise, seen: `${name} is ${state}` }];
  const missing = nodeIds.filter((nodeId) => !liveNodeIds.includes(nodeId));
  return missing.length === 0
    ? []
    : [{ promise, seen: `${name} has a bundle on ${missing.join(', ')}, which is gone` }];
}

const gone = ({ name, state }: GroupState): Violation => ({
  promise: 'a group whose removal was acknowledged is gone',
  seen: `${name} is ${state}`,
});

const lost = (name: string): Violation => ({
  promise: 'a group that was acknowledged is there until it is removed',
  seen: `${name} is not there`,
});

const notMade = ({ name, state }: GroupState): Violation => ({
  promise: 'every group was asked for',
  seen: `${name} is ${state}, and nobody made it`,
});
