import type { ActorId, WorkerId } from '../../core/index.js';
import type { HeadConnection } from '../head-connection.js';
import type { Objects } from '../objects/objects.js';
import { ActorConnection } from './actor-connection.js';
import { CallLedger } from './call-ledger.js';
import { HeadTracer } from './head-tracer.js';
import { TaskSubmitter } from './task-submitter.js';

export interface CallsOptions {
  readonly workerId: WorkerId;
  readonly objects: Objects;
  /** Connects this process to its cluster, if it is not. */
  readonly connect: () => Promise<HeadConnection>;
}

/** The calls of this process: to actors, a line for each, and tasks. */
export class Calls {
  readonly ledger: CallLedger;
  readonly tasks: TaskSubmitter;
  readonly objects: Objects;
  readonly workerId: WorkerId;
  readonly connect: () => Promise<HeadConnection>;
  readonly #actors = new Map<ActorId, ActorConnection>();

  constructor({ workerId, objects, connect }: CallsOptions) {
    const tracer = new HeadTracer();
    this.workerId = workerId;
    this.objects = objects;
    this.connect = async () => {
      const head = await connect();
      tracer.attach(head);
      return head;
    };
    this.ledger = new CallLedger(objects, workerId, tracer);
    this.tasks = new TaskSubmitter(this.ledger, objects, this.connect);
  }

  /** The line to an actor that this process creates: to be followed once the head knows it. */
  newActor(actorId: ActorId, className: string): ActorConnection {
    const connection = new ActorConnection(actorId, className, this.ledger, this.objects);
    this.#actors.set(actorId, connection);
    void connection.ended.then(() => this.#actors.delete(actorId));
    return connection;
  }

  /** The line to an actor that the head knows. All handles of it in this process share the line, so that calls keep their order. */
  actor(actorId: ActorId, className: string): ActorConnection {
    const known = this.#actors.get(actorId);
    if (known) return known;
    const connection = this.newActor(actorId, className);
    connection.follow(this.connect().then((worker) => ({ worker, actorId })));
    return connection;
  }
}
