import { runCommand } from './run-command.js';

/** One cable: a host's network namespace, and the port of the switch that it is plugged into. */
interface Cable {
  readonly namespace: string;
  readonly address: string;
  readonly hardwareAddress: string;
  readonly port: string;
}

/** Within the lab's own namespaces, so it can't clash with a network of the machine or of another lab. */
const addressOf = (index: number): string => `10.77.0.${index + 1}`;

/** No host of a lab has this hardware address. */
const NOBODY = '02:00:00:00:00:00';

/**
 * A network of its own for some hosts: a namespace each, with an address on eth0, and one more namespace that holds the
 * bridge between them, so that the machine's own network and firewall have no part in it.
 */
export class LabNetwork {
  readonly #switch: string;
  readonly #cables: readonly Cable[];

  private constructor(name: string, numHosts: number) {
    this.#switch = `${name}-switch`;
    this.#cables = Array.from({ length: numHosts }, (_, index) => ({
      namespace: `${name}-host-${index}`,
      address: addressOf(index),
      hardwareAddress: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
      port: `port${index}`,
    }));
  }

  /** @param name starts the names of the namespaces. */
  static create(name: string, numHosts: number): LabNetwork {
    const network = new LabNetwork(name, numHosts);
    runCommand(['ip', 'netns', 'add', network.#switch]);
    ip(network.#switch, ['link add name bridge type bridge', 'link set bridge up']);
    for (const cable of network.#cables) network.#plugIn(cable);
    return network;
  }

  namespaceOf(index: number): string {
    return this.#cables[index]!.namespace;
  }

  addressOf(index: number): string {
    return this.#cables[index]!.address;
  }

  /** Drops whatever the host sends or is sent. Nobody is told: the host's link stays up, and no answer comes. */
  cutLink(index: number): void {
    this.#setPortState(index, 'disabled');
  }

  restoreLink(index: number): void {
    this.#setPortState(index, 'forwarding');
  }

  /** Drops whatever two hosts send each other; others still reach both. Nobody is told. */
  cutBetween(first: number, second: number): void {
    this.#readdress(first, second, NOBODY);
    this.#readdress(second, first, NOBODY);
  }

  restoreBetween(first: number, second: number): void {
    this.#readdress(first, second, this.#cables[second]!.hardwareAddress);
    this.#readdress(second, first, this.#cables[first]!.hardwareAddress);
  }

  /** Makes a host send what is for another to that hardware address. */
  #readdress(from: number, to: number, hardwareAddress: string): void {
    const { namespace } = this.#cables[from]!;
    ip(namespace, [`neighbour replace ${this.#cables[to]!.address} lladdr ${hardwareAddress} nud permanent dev eth0`]);
  }

  #setPortState(index: number, state: 'disabled' | 'forwarding'): void {
    const { port } = this.#cables[index]!;
    runCommand(['bridge', '-n', this.#switch, 'link', 'set', 'dev', port, 'state', state === 'disabled' ? '0' : '3']);
  }

  #plugIn(cable: Cable): void {
    const { namespace, address, hardwareAddress, port } = cable;
    runCommand(['ip', 'netns', 'add', namespace]);
    ip(this.#switch, [
      `link add name eth0 netns ${namespace} address ${hardwareAddress} type veth peer name ${port}`,
      `link set ${port} master bridge up`,
    ]);
    ip(namespace, [
      'link set lo up',
      `address add ${address}/24 dev eth0`,
      'link set eth0 up',
      ...this.#knowNeighbours(cable),
    ]);
  }

  /** Without these a host would find out that a neighbour is gone, as on one cable; behind a router it does not. */
  #knowNeighbours(cable: Cable): string[] {
    return this.#cables
      .filter((other) => other !== cable)
      .map((other) => `neighbour add ${other.address} lladdr ${other.hardwareAddress} nud permanent dev eth0`);
  }
}

const ip = (namespace: string, commands: readonly string[]): string =>
  runCommand(['ip', '-netns', namespace, '-batch', '-'], `${commands.join('\n')}\n`);
