import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import {
  builtModule,
  createActorId,
  Deferred,
  InternalError,
  type RayError,
  WorkerCrashedError,
} from '../../../core/index.js';
import { fromErrorRecord } from '../../engine/error-record.js';
import { StderrTail } from '../../engine/stderr-tail.js';
import { createRankCalls, type RankCalls, type RankProcess } from '../rank-process.js';
import type { RankAnswer, RankCall } from './rank-messages.js';

const ENTRY = builtModule('worker/model/rank-process.js');

/** Whose answers may never come, and that nobody's program waits for. */
const BACKGROUND_METHODS: ReadonlySet<string> = new Set(['run', 'computeProgress']);

/** Lines that a process wrote last may come after its exit; those of a child that outlives it are not waited for. */
const LAST_LINES_MS = 200;

type State =
  | { readonly kind: 'running' }
  /** Later calls fail with the same error. */
  | { readonly kind: 'ended'; readonly error: RayError };

/**
 * A child process that is a rank. It lives as long as its IPC channel to this process, so no rank outlives its engine,
 * however that ends.
 */
export class ForkedRank {
  readonly ownerId: string = createActorId();
  readonly calls: RankCalls = createRankCalls((method, args) => this.#call(method, args));
  readonly #child: ChildProcess;
  readonly #stderr: StderrTail;
  readonly #pending = new Map<number, Deferred<unknown>>();
  readonly #ended = new Deferred<void>();
  /** Calls whose answer somebody waits for. */
  readonly #awaited = new Set<number>();
  #keepsAlive: 'always' | 'while-called' = 'always';
  #numCalls = 0;
  #state: State = { kind: 'running' };

  /** @param clusterId names the engine in the names of its segments. */
  constructor(clusterId: string, rank: number) {
    this.#child = fork(ENTRY, [clusterId, this.ownerId, `${rank}`], {
      // A Ctrl-C in the terminal goes to the engine's process, which ends its ranks in order.
      detached: true,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#stderr = new StderrTail(this.#child.stderr!, (line) =>
      process.stderr.write(`(LLMWorker rank ${rank}, pid ${this.#child.pid}) ${line}\n`),
    );
    this.#child.on('message', (answer: RankAnswer) => this.#receive(answer));
    this.#child.once('error', (cause) => {
      if (this.#child.pid === undefined)
        this.#end(new InternalError('The process of a rank can not be started.', { cause }));
    });
    this.#child.once('exit', (exitCode, signal) => this.#onExit(exitCode, signal));
  }

  /** Resolves when the process runs and has told where. @throws {RayError} when it ended instead. */
  async started(): Promise<RankProcess> {
    const { calls, ownerId } = this;
    const place = await calls.describe();
    return { calls, ownerId, place, nodeId: place.hostId, hostname: hostname(), pid: this.#child.pid!, rpcAddress: '' };
  }

  /** From now on the rank keeps this process alive only while somebody waits for the answer to a call. */
  unref(): void {
    this.#keepsAlive = 'while-called';
    this.#child.unref();
    (this.#child.stderr as Socket).unref();
    this.#holdChannel();
  }

  /** Ends the process and what it started; resolves when it is gone. Idempotent. */
  async kill(): Promise<void> {
    this.#child.ref();
    if (this.#state.kind === 'running' && this.#child.pid !== undefined) this.#signalGroup(this.#child.pid);
    await this.#ended.promise;
  }

  #call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#state.kind === 'ended') return Promise.reject(this.#state.error);
    const callId = this.#numCalls++;
    const answer = new Deferred<unknown>();
    this.#pending.set(callId, answer);
    if (!BACKGROUND_METHODS.has(method)) this.#awaited.add(callId);
    this.#holdChannel();
    const message: RankCall = { callId, method, args };
    // The error of a process that is gone goes to the callback; its exit is what is acted on.
    this.#child.send(message, () => undefined);
    return answer.promise;
  }

  #receive(answer: RankAnswer): void {
    const pending = this.#pending.get(answer.callId);
    this.#pending.delete(answer.callId);
    this.#awaited.delete(answer.callId);
    this.#holdChannel();
    if (answer.kind === 'result') pending?.resolve(answer.value);
    else pending?.reject(fromErrorRecord(answer.error));
  }

  #holdChannel(): void {
    if (this.#keepsAlive === 'always' || this.#awaited.size > 0) this.#child.channel?.ref();
    else this.#child.channel?.unref();
  }

  #onExit(exitCode: number | null, signal: string | null): void {
    if (this.#child.pid !== undefined) this.#signalGroup(this.#child.pid);
    const lastLines = setTimeout(() => this.#child.stderr!.destroy(), LAST_LINES_MS);
    this.#child.once('close', () => {
      clearTimeout(lastLines);
      this.#end(processExited(exitCode, signal, this.#stderr.lines));
    });
  }

  #end(error: RayError): void {
    if (this.#state.kind === 'ended') return;
    this.#state = { kind: 'ended', error };
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#ended.resolve();
  }

  #signalGroup(pid: number): void {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // ESRCH: nobody of the group is left.
    }
  }
}

function processExited(exitCode: number | null, signal: string | null, stderrTail: readonly string[]): RayError {
  const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
  return new WorkerCrashedError(`The process of a rank ${how}.`, {
    details: {
      kind: 'PROCESS_EXITED',
      exitCode: exitCode ?? -1,
      signal: signal ?? '',
      stderrTail: stderrTail.join('\n'),
    },
  });
}
