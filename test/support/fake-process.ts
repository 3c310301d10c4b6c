import type { ActorProcessMessage, StartActorMessage } from '../../worker/actor/process-messages.js';
import type { ProcessExit } from '../../worker/agent/actor-process.js';
import type { HostedProcess } from '../../worker/agent/actor-table.js';

/** An actor's process that says and does what the test says; killed, it ends by SIGKILL in the next turn. */
export class FakeProcess implements HostedProcess {
  readonly pid: number;
  readonly started: StartActorMessage[] = [];
  numKills = 0;
  readonly #onMessage: ((message: ActorProcessMessage) => void)[] = [];
  #onExit: ((exit: ProcessExit) => void)[] = [];

  constructor(pid: number) {
    this.pid = pid;
  }

  start(message: StartActorMessage): void {
    this.started.push(message);
  }

  onMessage(listener: (message: ActorProcessMessage) => void): void {
    this.#onMessage.push(listener);
  }

  onExit(listener: (exit: ProcessExit) => void): void {
    this.#onExit.push(listener);
  }

  kill(): void {
    this.numKills++;
    setImmediate(() => this.exit({ signal: 'SIGKILL' }));
  }

  say(message: ActorProcessMessage): void {
    for (const listener of this.#onMessage) listener(message);
  }

  exit(exit: Partial<ProcessExit>): void {
    const listeners = this.#onExit;
    this.#onExit = [];
    for (const listener of listeners) listener({ exitCode: -1, signal: '', stderrTail: [], ...exit });
  }
}
