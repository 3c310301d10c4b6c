import { createWorkerId, type WorkerId } from '../../src/core/index.js';
import type { ActorProcessMessage, AgentMessage } from '../../worker/actor/process-messages.js';
import type { HostedProcess } from '../../worker/agent/hosted-process.js';
import type { NodeContext } from '../../worker/agent/node-context.js';
import type { ProcessEnvironment } from '../../worker/agent/process-environment.js';
import type { ProcessExit } from '../../worker/agent/worker-process.js';

/** A process that says and does what the test says; killed, it ends by SIGKILL in the next turn. */
export class FakeProcess implements HostedProcess {
  readonly workerId: WorkerId = createWorkerId();
  readonly outPath = '';
  readonly errPath = '';
  readonly pid: number;
  readonly environment: ProcessEnvironment | undefined;
  readonly told: AgentMessage[] = [];
  numKills = 0;
  readonly #onMessage: ((message: ActorProcessMessage) => void)[] = [];
  #onExit: ((exit: ProcessExit) => void)[] = [];

  constructor(pid: number, environment?: ProcessEnvironment) {
    this.pid = pid;
    this.environment = environment;
  }

  send(message: AgentMessage): void {
    this.told.push(message);
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

  terminate(): void {
    setImmediate(() => this.exit({ signal: 'SIGTERM' }));
  }

  say(message: ActorProcessMessage): void {
    for (const listener of this.#onMessage) listener(message);
  }

  exit(exit: Partial<ProcessExit>): void {
    const listeners = this.#onExit;
    this.#onExit = [];
    for (const listener of listeners) listener({ exitCode: -1, signal: '', stderrTail: [], ...exit });
  }

  /** The kinds of message that it was told, in order. */
  get toldKinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }
}

/** A node whose processes are fakes. */
export interface FakeNode extends NodeContext {
  readonly processes: FakeProcess[];
  /** What happened to the logs of processes, by pid. */
  readonly logs: string[];
}

export function fakeNode(overrides: Partial<NodeContext> = {}): FakeNode {
  const processes: FakeProcess[] = [];
  const logs: string[] = [];
  return {
    processes,
    logs,
    identity: {
      clusterId: 'test-cluster',
      nodeId: 'n1',
      hostname: 'host-a',
      host: '127.0.0.1',
      credentials: { token: 't' },
      headAddress: '127.0.0.1:1',
      agentAddress: '127.0.0.1:2',
      sessionDirectory: '/nowhere',
    },
    prepareEnvironment: async (runtimeEnv) => ({ envVars: runtimeEnv?.envVars ?? {}, workingDirectory: '' }),
    takeProcess: (environment) => {
      const process = new FakeProcess(100 + processes.length, environment);
      processes.push(process);
      return process;
    },
    followLogs: ({ pid }, { jobId }) => logs.push(`${pid} prints for ${jobId}`),
    finishLogs: ({ pid }) => logs.push(`${pid} has printed all`),
    sawOutOfMemory: () => false,
    ...overrides,
  };
}
