import { hostAndPortOf } from '../../../src/core/index.js';
import type { GetClusterStateResponse } from '../../../src/rpc/index.js';
import type { CommandResult, LabCluster } from '../../support/lab-host.js';
import type { ChaosHost } from './chaos-hosts.js';

/** A daemon of the cluster: the head is on the first host. */
export interface Daemon {
  readonly role: 'head' | 'agent';
  readonly host: number;
}

export const describeDaemon = ({ role, host }: Daemon): string => (role === 'head' ? 'head' : `agent of host ${host}`);

/** A row of `ray-ts list objects`. */
export interface StoredObjectRow {
  readonly object_id: string;
  readonly owner_worker_id: string;
  readonly node_id: string;
  readonly state: string;
}

export interface ChaosClusterOptions {
  readonly hosts: readonly ChaosHost[];
  readonly redisUrl: string;
  readonly cpusPerNode: number;
  readonly leaseMs: number;
  readonly headLeaseMs: number;
}

/** The programs of a cluster over some hosts, and their commands: who is started when, others decide. */
export class ChaosCluster {
  readonly #options: ChaosClusterOptions;
  readonly #nodeFlags: readonly string[];
  /** Of each host: commands that start daemons on one host run one after the other. */
  readonly #turns: Promise<unknown>[];
  #cluster: LabCluster | undefined;

  constructor(options: ChaosClusterOptions) {
    this.#options = options;
    this.#nodeFlags = ['--num-cpus', `${options.cpusPerNode}`, '--num-gpus', '0'];
    this.#turns = options.hosts.map(() => Promise.resolve());
  }

  get hosts(): readonly ChaosHost[] {
    return this.#options.hosts;
  }

  get daemons(): readonly Daemon[] {
    return [{ role: 'head', host: 0 }, ...this.hosts.map((_, host): Daemon => ({ role: 'agent', host }))];
  }

  pidsOf({ role, host }: Daemon): number[] {
    const program = role === 'head' ? 'head/main.js' : 'worker/agent/main.js';
    return this.#processes(host, (command) => command.includes(program));
  }

  /** Of actors, or of workers that run tasks, on all hosts, in the order of hosts and process ids. */
  workerPids(kind: 'actor' | 'task'): number[] {
    const isTask = (command: string): boolean => command.startsWith('ray-ts: task worker');
    const isWanted = (command: string): boolean =>
      command.startsWith('ray-ts: ') && isTask(command) === (kind === 'task');
    return this.hosts.flatMap((_, host) => this.#processes(host, isWanted));
  }

  /** Starts a daemon unless it runs. @throws what the command printed when it failed. */
  async start(daemon: Daemon): Promise<void> {
    const turn = this.#turns[daemon.host]!.then(() => this.#start(daemon));
    this.#turns[daemon.host] = turn.catch(() => undefined); // whoever waits for it has the error
    await turn;
  }

  /** The head's tables. @throws what the command printed when the head does not answer. */
  async state(): Promise<GetClusterStateResponse> {
    const { stdout, stderr } = await this.hosts[0]!.lab.ray(['status', '--json']);
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as GetClusterStateResponse;
  }

  /** What lies in the nodes' object stores. @throws what the command printed when one does not answer. */
  async objects(): Promise<StoredObjectRow[]> {
    const { stdout, stderr } = await this.hosts[0]!.lab.ray([
      'list',
      'objects',
      '--format',
      'json',
      '--limit',
      '10000',
    ]);
    if (!stdout || stderr) throw new Error(stderr);
    return JSON.parse(stdout) as StoredObjectRow[];
  }

  /** `ray-ts stop` on every host, the head's last. @returns the results of the commands that failed. */
  async stop(): Promise<CommandResult[]> {
    const results: CommandResult[] = [];
    for (const { lab } of this.hosts.toReversed()) results.push(await lab.ray(['stop']));
    return results.filter(({ code }) => code !== 0);
  }

  async #start(daemon: Daemon): Promise<void> {
    if (this.pidsOf(daemon).length > 0) return;
    const { lab } = this.hosts[daemon.host]!;
    if (daemon.role === 'head') this.#cluster = await lab.startHead(this.#headFlags(), this.#token());
    else await lab.join(this.#requireCluster(), this.#nodeFlags);
  }

  #headFlags(): string[] {
    const { redisUrl, leaseMs, headLeaseMs } = this.#options;
    const leases = ['--lease-ms', `${leaseMs}`, '--head-lease-ms', `${headLeaseMs}`];
    const port = this.#cluster ? ['--port', String(hostAndPortOf(this.#cluster.address).port)] : [];
    return ['--redis-address', redisUrl, ...leases, ...this.#nodeFlags, ...port];
  }

  /** The first head makes one, the next ones go on with it. */
  #token(): Record<string, string> {
    return this.#cluster ? { RAY_TS_TOKEN: this.#cluster.token } : {};
  }

  #requireCluster(): LabCluster {
    if (this.#cluster === undefined) throw new Error('the head was never started');
    return this.#cluster;
  }

  #processes(host: number, isWanted: (command: string) => boolean): number[] {
    const processes = this.hosts[host]!.lab.processes();
    return processes.filter(({ command }) => isWanted(command)).map(({ pid }) => pid);
  }
}
