import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostNamespaces } from './host-namespaces.js';
import { LabHost } from './lab-host.js';
import { createLabName } from './lab-name.js';
import { LabNetwork } from './lab-network.js';
import { labDirectory, removeAbandonedLabs, removeLab } from './remove-lab.js';

/** A host of its own address and name, joined to the lab's others by a cable that can be cut. */
export class NetworkedHost extends LabHost {
  readonly hostname: string;
  readonly address: string;
  readonly #network: LabNetwork;
  readonly #index: number;

  constructor(directory: string, hostname: string, namespaces: HostNamespaces, network: LabNetwork, index: number) {
    super({
      directory,
      environment: {},
      enter: (command) => namespaces.enter(command),
      sharedMemory: { path: namespaces.sharedMemory, isPrivate: true },
    });
    this.hostname = hostname;
    this.address = network.addressOf(index);
    this.#network = network;
    this.#index = index;
  }

  /** From now on what the host sends or is sent is lost, and nobody is told. */
  cutLink(): void {
    this.#network.cutLink(this.#index);
  }

  restoreLink(): void {
    this.#network.restoreLink(this.#index);
  }
}

/**
 * Real clusters for a test over several hosts: network namespaces joined by a bridge, each with its own address, name,
 * /etc/hosts, session directory and /dev/shm, so that the processes of two hosts share nothing but the network, the
 * machine's disk and its clock. Needs root (whyNoNamespaces says what is missing).
 */
export class MultiHostLab {
  readonly hosts: readonly NetworkedHost[];
  readonly #name: string;
  readonly #network: LabNetwork;

  private constructor(name: string, network: LabNetwork, hosts: readonly NetworkedHost[]) {
    this.#name = name;
    this.#network = network;
    this.hosts = hosts;
  }

  /** @param hosts how many, or their names; default names are host-0, host-1 and so on. */
  static async open(hosts: number | readonly string[]): Promise<MultiHostLab> {
    await removeAbandonedLabs();
    const names = typeof hosts === 'number' ? Array.from({ length: hosts }, (_, index) => `host-${index}`) : hosts;
    const labName = createLabName();
    try {
      const network = LabNetwork.create(labName, names.length);
      return new MultiHostLab(labName, network, await openHosts(labName, network, names));
    } catch (error) {
      await removeLab(labName);
      throw error;
    }
  }

  /** From now on what two hosts send each other is lost, and nobody is told; others still reach both. */
  cutBetween(first: NetworkedHost, second: NetworkedHost): void {
    this.#network.cutBetween(this.hosts.indexOf(first), this.hosts.indexOf(second));
  }

  restoreBetween(first: NetworkedHost, second: NetworkedHost): void {
    this.#network.restoreBetween(this.hosts.indexOf(first), this.hosts.indexOf(second));
  }

  /** Makes a further name lead to a host, wherever it led before. */
  pointName(name: string, host: NetworkedHost): void {
    // In its place: the file is what the hosts have mounted.
    writeFileSync(hostsFileOf(this.#name), hostsText([...this.hosts, { hostname: name, address: host.address }]));
  }

  /** Ends every process on the hosts, and the hosts. */
  close(): Promise<void> {
    return removeLab(this.#name);
  }
}

const hostsFileOf = (labName: string): string => join(labDirectory(labName), 'hosts');

const hostsText = (hosts: readonly { readonly hostname: string; readonly address: string }[]): string =>
  ['127.0.0.1 localhost', ...hosts.map(({ hostname, address }) => `${address} ${hostname}`), ''].join('\n');

function openHosts(labName: string, network: LabNetwork, names: readonly string[]): Promise<NetworkedHost[]> {
  const root = labDirectory(labName);
  mkdirSync(root);
  const hostsFile = hostsFileOf(labName);
  writeFileSync(
    hostsFile,
    hostsText(names.map((hostname, index) => ({ hostname, address: network.addressOf(index) }))),
  );
  return Promise.all(
    names.map(async (name, index) => {
      const namespaces = await HostNamespaces.create(network.namespaceOf(index), name, hostsFile);
      const directory = join(root, name);
      mkdirSync(directory);
      return new NetworkedHost(directory, name, namespaces, network, index);
    }),
  );
}
