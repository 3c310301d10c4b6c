import { describeWithHosts } from './describe-with-hosts.js';
import { Lab } from './lab.js';
import { MultiHostLab } from './multi-host-lab.js';
import { Topology } from './topology.js';

/** @param open who opens the topology closes it. @param numNodes how many agents it will have. */
type TopologyBody = (open: () => Promise<Topology>, numNodes: number) => void;

/**
 * Describes the same facts of a cluster on one host (this machine's loopback), on two, and on four; the fourth has no
 * agent, so that the driver has no node beside it. Several hosts need root and are left out loudly without it.
 */
export function describeTopologies(name: string, body: TopologyBody): void {
  describe(`${name}, on one host`, () => body(openOneHost, 1));
  describeWithHosts(`${name}, on two hosts`, () => body(() => openHosts(2, 2), 2));
  describeWithHosts(`${name}, on four hosts`, () => body(() => openHosts(4, 3), 3));
}

async function openOneHost(): Promise<Topology> {
  const lab = new Lab();
  return new Topology([lab], 1, () => lab.close());
}

async function openHosts(numHosts: number, numAgents: number): Promise<Topology> {
  const lab = await MultiHostLab.open(numHosts);
  return new Topology(lab.hosts, numAgents, () => lab.close());
}
