import { setTimeout as sleep } from 'node:timers/promises';
import { killProcesses } from '../../support/kill-processes.js';
import type { ChaosCluster, Daemon } from '../cluster/chaos-cluster.js';
import type { Cuts } from '../cluster/chaos-hosts.js';
import type { ChaosRedis } from '../cluster/chaos-redis.js';
import type { Fault, FaultKind } from '../plan/fault.js';
import { choose } from '../plan/seeded-random.js';
import type { Keeper } from './keeper.js';

export interface FaultField {
  readonly cluster: ChaosCluster;
  readonly redis: ChaosRedis;
  readonly keeper: Keeper;
  readonly cuts: Cuts | undefined;
  readonly leaseMs: number;
}

/** How long after a cut an agent may still learn that its node was taken for dead. */
const LEARN_MS = 30_000;

type Inject = (field: FaultField, fault: Fault) => Promise<void>;

/** Does what a fault says, and heals it: resolves when that is done. */
export const injectFault: Inject = (field, fault) => injections[fault.kind](field, fault);

const injections: Readonly<Record<FaultKind, Inject>> = {
  'kill-actor': async ({ cluster }, { choice }) => killOneOf(cluster.workerPids('actor'), choice),
  'kill-task-worker': async ({ cluster }, { choice }) => killOneOf(cluster.workerPids('task'), choice),
  'kill-agent': (field, { hosts, durationMs }) => killDaemon(field, { role: 'agent', host: hosts[0]! }, durationMs),
  'kill-head': (field, { durationMs }) => killDaemon(field, { role: 'head', host: 0 }, durationMs),
  'kill-redis': async ({ redis }, { durationMs }) => {
    await redis.kill();
    await sleep(durationMs);
    await redis.start();
  },
  'freeze-redis': async ({ redis }, { durationMs }) => {
    redis.freeze();
    await sleep(durationMs);
    redis.thaw();
  },
  'cut-link': async (field, { hosts, durationMs }) => {
    const host = hosts[0]!;
    requireCuts(field).cutLink(host);
    excuseCutOff(field, host === 0 ? allHosts(field) : [host], durationMs);
    await sleep(durationMs);
    requireCuts(field).restoreLink(host);
  },
  'cut-between': async (field, { hosts, durationMs }) => {
    const [first, second] = hosts as [number, number];
    requireCuts(field).cutBetween(first, second);
    // The head, and with it the life of a node, is on the first host.
    if (first === 0) excuseCutOff(field, [second], durationMs);
    await sleep(durationMs);
    requireCuts(field).restoreBetween(first, second);
  },
};

/** Nothing to kill is no fault: the load has just lost its workers by another one. */
function killOneOf(pids: readonly number[], choice: number): void {
  if (pids.length > 0) killProcesses([choose(pids, choice)]);
}

async function killDaemon({ cluster, keeper }: FaultField, daemon: Daemon, durationMs: number): Promise<void> {
  const giveBack = keeper.keepDown(daemon);
  killProcesses(cluster.pidsOf(daemon));
  await sleep(durationMs);
  giveBack();
}

/** An agent whose node may be taken for dead ends itself when it learns so. */
function excuseCutOff({ keeper, leaseMs }: FaultField, hosts: readonly number[], durationMs: number): void {
  if (durationMs < leaseMs / 2) return;
  for (const host of hosts) keeper.excuse({ role: 'agent', host }, durationMs + LEARN_MS);
}

const allHosts = ({ cluster }: FaultField): number[] => cluster.hosts.map((_, host) => host);

function requireCuts({ cuts }: FaultField): Cuts {
  if (cuts === undefined) throw new Error('the plan has a cut, and this machine can not cut links');
  return cuts;
}
