import type { Draft, TaskEvent, WorkerMessage } from '../../rpc/index.js';

/** Events that one message carries: what more comes in a second is counted and dropped. */
const MAX_EVENTS = 1_000;
const PERIOD_MS = 1_000;
/** They belong together: a task of which some are missing tells nobody anything. */
const STATES_OF_A_TASK = 4;

/**
 * What the tasks and calls of this process have come to, for people who look at the cluster's state: told to the head each
 * second, as far as there is room. It never holds a call up.
 */
export class TaskEventBuffer {
  readonly #send: (message: Draft<WorkerMessage>) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  #events: Draft<TaskEvent>[] = [];
  #numDropped = 0;

  /** @param enabled default: unless RAY_TS_TASK_EVENTS is 0. */
  constructor(
    send: (message: Draft<WorkerMessage>) => void,
    enabled: boolean = process.env['RAY_TS_TASK_EVENTS'] !== '0',
  ) {
    this.#send = send;
    this.#timer = enabled ? setInterval(() => this.#flush(), PERIOD_MS).unref() : undefined;
  }

  /**
   * True when the events of one more task would be kept. Ask before making one: a task that is not admitted costs a number,
   * and is counted as dropped.
   */
  admits(): boolean {
    if (this.#timer === undefined) return false;
    if (this.#events.length <= MAX_EVENTS - STATES_OF_A_TASK) return true;
    this.#numDropped++;
    return false;
  }

  add(event: Draft<TaskEvent>): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    else this.#numDropped++;
  }

  /** Sends what there is. */
  close(): void {
    clearInterval(this.#timer);
    this.#flush();
  }

  #flush(): void {
    if (this.#events.length === 0 && this.#numDropped === 0) return;
    this.#send({ taskEvents: { events: this.#events, numDropped: this.#numDropped } });
    this.#events = [];
    this.#numDropped = 0;
  }
}
