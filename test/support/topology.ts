import type { Driver } from './driver.js';
import { clusterVariables, type LabCluster, type LabHost } from './lab-host.js';

/** What a cluster has for its programs, however many nodes it is spread over. */
export interface ClusterResources {
  /** Of every node. */
  readonly cpusPerNode: number;
  /** Of the whole cluster, dealt to its nodes in turn. */
  readonly numGpus: number;
}

/**
 * A cluster over some hosts: the head on the first, agents on some, drivers on the last. What a test asks of it is the same
 * for one host and for several.
 */
export class Topology {
  readonly headHost: LabHost;
  readonly agentHosts: readonly LabHost[];
  readonly driverHost: LabHost;
  readonly #hosts: readonly LabHost[];
  readonly #close: () => Promise<void>;
  #cluster: LabCluster | undefined;

  /** @param numAgents on how many of the hosts, from the first, an agent runs. */
  constructor(hosts: readonly LabHost[], numAgents: number, close: () => Promise<void>) {
    this.#hosts = hosts;
    this.headHost = hosts[0]!;
    this.agentHosts = hosts.slice(0, numAgents);
    this.driverHost = hosts.at(-1)!;
    this.#close = close;
  }

  /** Starts head and agents. */
  async startCluster({ cpusPerNode, numGpus }: ClusterResources): Promise<LabCluster> {
    const flagsOf = (index: number): string[] => {
      const share = Math.floor((numGpus + this.agentHosts.length - 1 - index) / this.agentHosts.length);
      return ['--num-cpus', `${cpusPerNode}`, '--num-gpus', `${share}`];
    };
    const cluster = await this.headHost.startHead(flagsOf(0));
    const others = this.agentHosts.slice(1);
    await Promise.all(others.map((host, index) => host.join(cluster, flagsOf(index + 1))));
    this.#cluster = cluster;
    return cluster;
  }

  /** Starts a driver of test/e2e/drivers on the cluster. @throws when the cluster was not started. */
  drive(name: string, args: readonly string[] = []): Driver {
    if (this.#cluster === undefined) throw new Error('the cluster was not started');
    return this.driverHost.drive(name, args, clusterVariables(this.#cluster));
  }

  /** `ray-ts stop` on every host, the head's last. */
  async stopCluster(): Promise<void> {
    for (const host of this.agentHosts.toReversed()) await host.ray(['stop']);
  }

  processes(): { readonly pid: number; readonly command: string }[] {
    return this.#hosts.flatMap((host) => host.processes());
  }

  segments(): string[] {
    return this.#hosts.flatMap((host) => host.segments());
  }

  close(): Promise<void> {
    return this.#close();
  }
}
