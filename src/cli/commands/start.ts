import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { startAgent, startHead, stopCluster } from '../../api/index.js';
import { formatResources, InvalidArgumentError, type Resources, shortId } from '../../core/index.js';
import {
  type ClusterAddress,
  createSessionDirectory,
  currentCluster,
  publishCluster,
  runningDaemons,
  sessionsOfCluster,
} from '../../process/index.js';
import { parseInteger, parseNumber, parsePort, parseResources } from '../parse-values.js';

interface StartFlags {
  readonly head?: true;
  readonly address?: string;
  readonly port?: number;
  readonly nodeIpAddress?: string;
  readonly numCpus?: number;
  readonly numGpus?: number;
  readonly resources?: Resources;
  readonly redisAddress?: string;
  readonly token?: string;
  readonly block?: true;
  readonly leaseMs?: number;
  readonly headLeaseMs?: number;
}

export function startCommand(): Command {
  return new Command('start')
    .description('Start a cluster on this machine (--head), or join one (--address).')
    .option('--head', 'start the head and a node agent beside it')
    .option('--address <host:port>', 'join the cluster whose head is there')
    .option('--port <port>', "the head's port; 0 takes a free one (default: 6380)", parsePort)
    .option('--node-ip-address <ip>', "this machine's address in the cluster (default: its first that is not loopback)")
    .option('--num-cpus <n>', 'CPUs that this node offers (default: its cores)', parseNumber)
    .option(
      '--num-gpus <n>',
      'GPUs that this node offers; more than it has are logical (default: those found)',
      parseInteger,
    )
    .option('--resources <json>', `custom resources, such as '{"disk": 2}'`, parseResources)
    .option(
      '--redis-address <url>',
      "keep the head's state in this Redis (default: a redis-server of its own, if installed)",
    )
    .addOption(
      new Option('--token <token>', "the cluster's secret (default with --head: a new one)").env('RAY_TS_TOKEN'),
    )
    .option('--block', 'stay in the foreground; Ctrl-C stops what was started')
    .addOption(
      new Option('--lease-ms <ms>', 'silence of a node or driver that means its death')
        .argParser(parseInteger)
        .hideHelp(),
    )
    .addOption(
      new Option('--head-lease-ms <ms>', 'how long nodes and drivers go on without the head')
        .argParser(parseInteger)
        .hideHelp(),
    )
    .action(start);
}

async function start(flags: StartFlags): Promise<void> {
  if (flags.head && flags.address) throw new InvalidArgumentError('--head and --address exclude each other.');
  const clusterId = flags.head ? await startAsHead(flags) : await joinCluster(flags);
  if (flags.block) await block(clusterId);
}

async function startAsHead(flags: StartFlags): Promise<string> {
  const { port, redisAddress, token, leaseMs, headLeaseMs, nodeIpAddress: host } = flags;
  const head = await startHead({ host, port, redisAddress, token, leaseMs, headLeaseMs, tiedToParent: false });
  try {
    const agent = await startAgent(head, head.session, { ...agentOptions(flags), isHeadNode: true });
    print(`Cluster ${shortId(head.clusterId)} runs at ${head.address}.`);
    print(`  state in      ${head.store}`);
    print(`  this node has ${formatResources(agent.resources)}`);
    print(`  logs in       ${head.session.logs}`);
    print('');
    print('To join it from another machine:');
    print(`  ray-ts start --address=${head.address} --token=${head.token}`);
    print('To run a program on it:');
    print('  ray-ts run driver.ts           # here; elsewhere with RAY_TS_ADDRESS and RAY_TS_TOKEN set');
    print('To look at it, and to stop it:');
    print('  ray-ts status');
    print('  ray-ts stop');
    return head.clusterId;
  } catch (error) {
    await stopCluster({ clusterId: head.clusterId, graceMs: 5_000, removeLogs: false });
    throw error;
  }
}

async function joinCluster(flags: StartFlags): Promise<string> {
  const { address } = flags;
  if (!address) throw new InvalidArgumentError('Give --head to start a cluster, or --address=HOST:PORT to join one.');
  const current = currentCluster();
  const token = flags.token ?? (current?.address === address ? current.token : undefined);
  if (!token) {
    throw new InvalidArgumentError('Give --token, or set RAY_TS_TOKEN: `ray-ts start --head` printed it on the head.');
  }
  const session = createSessionDirectory(`node-${randomBytes(7).toString('hex')}`);
  const agent = await startAgent({ address, token }, session, { ...agentOptions(flags), isHeadNode: false });
  const cluster: ClusterAddress = { clusterId: agent.clusterId, address, token };
  publishCluster(session, cluster, current?.clusterId !== agent.clusterId);
  print(`Node ${shortId(agent.nodeId)} joined the cluster at ${address} with ${formatResources(agent.resources)}.`);
  print('`ray-ts status` shows the cluster; `ray-ts stop` takes this machine out of it.');
  return agent.clusterId;
}

function agentOptions(flags: StartFlags) {
  const { numCpus, numGpus, resources, nodeIpAddress: host } = flags;
  return { host, numCpus, numGpus, resources, tiedToParent: false };
}

/** Until Ctrl-C or the end of one of the daemons. */
async function block(clusterId: string): Promise<void> {
  const started = sessionsOfCluster(clusterId).flatMap(runningDaemons).length;
  const reason = await new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      const running = sessionsOfCluster(clusterId).flatMap(runningDaemons).length;
      if (running < started) end('a daemon ended; its log says why');
    }, 500);
    const end = (why: string): void => {
      clearInterval(timer);
      resolve(why);
    };
    process.once('SIGINT', () => end('interrupted'));
    process.once('SIGTERM', () => end('terminated'));
  });
  await stopCluster({ clusterId, graceMs: 10_000, removeLogs: false });
  print(`Stopped: ${reason}.`);
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
