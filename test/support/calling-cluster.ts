import { hostAndPortOf } from '../../src/core/index.js';
import type { Driver } from './driver.js';
import { eventually } from './eventually.js';
import { clusterVariables, type LabCluster, type LabStatus } from './lab-host.js';
import { MultiHostLab, type NetworkedHost } from './multi-host-lab.js';

/** Generous: a busy machine is slow, and what never happens fails all the same. */
const WITHIN = { withinMs: 40_000 };

const ACTOR_NODE = ['--num-cpus', '1'];

/** A head, an actor and a driver on a host each; the driver (drivers/keep-calling.ts) calls the actor all the time. */
export class CallingCluster {
  readonly lab: MultiHostLab;
  readonly headHost: NetworkedHost;
  readonly actorHost: NetworkedHost;
  readonly driverHost: NetworkedHost;
  readonly #cluster: LabCluster;
  #driver: Driver;

  private constructor(lab: MultiHostLab, cluster: LabCluster) {
    this.lab = lab;
    [this.headHost, this.actorHost, this.driverHost] = lab.hosts as [NetworkedHost, NetworkedHost, NetworkedHost];
    this.#cluster = cluster;
    this.#driver = this.#startDriver();
  }

  /**
   * @param leaseMs the head's patience with nodes and drivers, and theirs with it.
   * @returns when the first call was answered.
   */
  static async open(leaseMs: number): Promise<CallingCluster> {
    const lab = await MultiHostLab.open(['head', 'actor', 'driver']);
    try {
      const leases = ['--lease-ms', `${leaseMs}`, '--head-lease-ms', `${leaseMs}`];
      // Without a CPU on the head's host the actor runs on the host that is named for it.
      const cluster = await lab.hosts[0]!.startHead([...leases, '--num-cpus', '0']);
      await lab.hosts[1]!.join(cluster, ACTOR_NODE);
      const calling = new CallingCluster(lab, cluster);
      await calling.nextCall();
      return calling;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** The driver that was started last. */
  get driver(): Driver {
    return this.#driver;
  }

  /** What the answered calls returned. */
  get totals(): readonly number[] {
    return this.#driver.lines.flatMap(({ total }) => (typeof total === 'number' ? [total] : []));
  }

  joinActorHost(): Promise<void> {
    return this.actorHost.join(this.#cluster, ACTOR_NODE);
  }

  /** Starts another driver, after the first one ended, and waits for its first call. */
  async callAnew(): Promise<void> {
    this.#driver = this.#startDriver();
    await this.nextCall();
  }

  /** Resolves when one more call was answered. */
  async nextCall(): Promise<void> {
    const { length } = this.totals;
    await eventually('a call is answered', () => this.totals.length > length || undefined, {
      ...WITHIN,
      detail: () => `${JSON.stringify(this.#driver.lines.slice(-5))}\n${this.#driver.stderr}`,
    });
  }

  /** Resolves when the head says so. */
  statusWhere(what: string, holds: (status: LabStatus) => boolean): Promise<LabStatus> {
    const probe = async (): Promise<LabStatus | undefined> => {
      const status = await this.headHost.status();
      return holds(status) ? status : undefined;
    };
    return eventually(what, probe, WITHIN);
  }

  /** Resolves when no process and no shared memory is left on a host. */
  async nothingLeft(host: NetworkedHost): Promise<void> {
    await eventually(
      `nothing of the cluster is left on the host ${host.hostname}`,
      () => host.processes().length + host.segments().length === 0 || undefined,
      { ...WITHIN, detail: () => JSON.stringify([host.processes(), host.segments()]) },
    );
  }

  #startDriver(): Driver {
    return this.driverHost.drive('keep-calling', [], clusterVariables(this.#cluster));
  }
}

/** The states of a cluster's nodes by the address of their host. */
export const nodeStates = ({ nodes }: LabStatus): Readonly<Record<string, string>> =>
  Object.fromEntries(nodes.map(({ agentAddress, state }) => [hostAndPortOf(agentAddress).host, state]));
