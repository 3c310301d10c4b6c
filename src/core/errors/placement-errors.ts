import { RayError, type RayErrorOptions } from './ray-error.js';

/** The placement group can never fit the cluster as it is; the message holds a table per node. */
export class PlacementGroupInfeasibleError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_PLACEMENT_GROUP_INFEASIBLE', message, options);
  }
}

/** The placement group was removed, or its creator is gone. */
export class PlacementGroupRemovedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_PLACEMENT_GROUP_REMOVED', message, options);
  }
}

/** No node (or no bundle) can ever hold the actor. */
export class ActorUnschedulableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ACTOR_UNSCHEDULABLE', message, options);
  }
}

/** No node (or no bundle) can ever hold a worker for the task. */
export class TaskUnschedulableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_TASK_UNSCHEDULABLE', message, options);
  }
}
