import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcesses } from '../../support/kill-processes.js';
import { LabHost } from '../../support/lab-host.js';
import { MultiHostLab } from '../../support/multi-host-lab.js';
import { whyNoNamespaces } from '../../support/why-no-namespaces.js';

export interface ChaosHost {
  readonly name: string;
  readonly address: string;
  readonly lab: LabHost;
}

/** Takes the network away from hosts, given by their indexes, and gives it back. */
export interface Cuts {
  cutLink(host: number): void;
  restoreLink(host: number): void;
  cutBetween(first: number, second: number): void;
  restoreBetween(first: number, second: number): void;
}

export interface ChaosHosts {
  readonly hosts: readonly ChaosHost[];
  /** Undefined where the machine can't cut links. */
  readonly cuts: Cuts | undefined;
  /** Why not; empty when it can. */
  readonly whyNoCuts: string;
  /** Ends every process on the hosts, and the hosts. */
  close(): Promise<void>;
}

/** Hosts out of namespaces where that is possible, and otherwise addresses of this machine's loopback. */
export async function openChaosHosts(numHosts: number): Promise<ChaosHosts> {
  const whyNoCuts = whyNoNamespaces();
  return whyNoCuts === undefined ? openNamespaces(numHosts) : openLoopback(numHosts, whyNoCuts);
}

async function openNamespaces(numHosts: number): Promise<ChaosHosts> {
  const lab = await MultiHostLab.open(numHosts);
  const at = (index: number) => lab.hosts[index]!;
  return {
    hosts: lab.hosts.map((host) => ({ name: host.hostname, address: host.address, lab: host })),
    cuts: {
      cutLink: (host) => at(host).cutLink(),
      restoreLink: (host) => at(host).restoreLink(),
      cutBetween: (first, second) => lab.cutBetween(at(first), at(second)),
      restoreBetween: (first, second) => lab.restoreBetween(at(first), at(second)),
    },
    whyNoCuts: '',
    close: () => lab.close(),
  };
}

async function openLoopback(numHosts: number, whyNoCuts: string): Promise<ChaosHosts> {
  const root = mkdtempSync(join(tmpdir(), 'ray-ts-chaos-'));
  const hosts = Array.from({ length: numHosts }, (_, index) => {
    const [name, address] = [`host-${index}`, `127.0.0.${index + 1}`];
    const lab = new LabHost({
      directory: mkdtempSync(join(root, `${name}-`)),
      environment: { RAY_TS_NODE_IP_ADDRESS: address },
      enter: (command) => command,
      sharedMemory: { path: '/dev/shm', isPrivate: false },
    });
    return { name, address, lab };
  });
  const close = async (): Promise<void> => {
    killProcesses(hosts.flatMap(({ lab }) => lab.processes()).map(({ pid }) => pid));
    rmSync(root, { recursive: true, force: true });
  };
  return { hosts, cuts: undefined, whyNoCuts, close };
}
