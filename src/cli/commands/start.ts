import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { startAgent, startHead, stopCluster, stopSessions } from '../../api/index.js';
import { formatResources, InvalidArgumentError, type Resources, shortId } from '../../core/index.js';
import {
  chooseTlsFiles,
  createSessionDirectory,
  currentCluster,
  forgetCluster,
  locateCluster,
  publishCluster,
  readClusterAccess,
  runningDaemons,
  type SessionDirectory,
} from '../../process/index.js';
import { chooseToken } from '../choose-token.js';
import { parseInteger, parseNumber, parsePort, parseResources } from '../parse-values.js';
import { startedText } from '../started-text.js';

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
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly block?: true;
  readonly leaseMs?: number;
  readonly headLeaseMs?: number;
}

const DAEMON_CHECK_MS = 500;

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
    .addOption(
      new Option(
        '--redis-address <url>',
        "keep the head's state in this Redis (default: a redis-server of its own, if installed)",
      ).env('RAY_TS_REDIS_ADDRESS'),
    )
    .addOption(
      new Option(
        '--token <token>',
        "the cluster's secret (default with --head: a new one); better in the environment, as anybody on a machine can read " +
          'the arguments of its processes',
      ).env('RAY_TS_TOKEN'),
    )
    .option('--token-file <path>', 'the file that holds the secret; - reads standard input')
    .addOption(new Option('--tls-cert <path>', "this host's certificate, PEM; turns TLS on").env('RAY_TS_TLS_CERT'))
    .addOption(new Option('--tls-key <path>', 'the key of the certificate, PEM').env('RAY_TS_TLS_KEY'))
    .addOption(new Option('--tls-ca <path>', 'the authority that all hosts trust, PEM').env('RAY_TS_TLS_CA'))
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
  // Listened for from the start: a Ctrl-C while the daemons come up stops them once they are.
  const interrupted = flags.block ? onceInterrupted() : undefined;
  const session = flags.head ? await startAsHead(flags) : await joinCluster(flags);
  if (interrupted) await block(session, interrupted);
}

async function startAsHead(flags: StartFlags): Promise<SessionDirectory> {
  const { port, redisAddress, leaseMs, headLeaseMs, nodeIpAddress: host } = flags;
  const token = chooseToken(flags);
  const tls = chooseTlsFiles(tlsFlags(flags));
  const head = await startHead({ host, port, redisAddress, token, tls, leaseMs, headLeaseMs, tiedToParent: false });
  try {
    const agent = await startAgent(head, head.session, { ...agentOptions(flags), isHeadNode: true });
    print(startedText(head, agent.resources, token ? 'given' : 'made'));
    return head.session;
  } catch (error) {
    await stopCluster(head.clusterId, { graceMs: 5_000, removeLogs: false });
    throw error;
  }
}

async function joinCluster(flags: StartFlags): Promise<SessionDirectory> {
  if (!flags.address)
    throw new InvalidArgumentError('Give --head to start a cluster, or --address=HOST:PORT to join one.');
  const cluster = locateCluster(flags.address, { token: chooseToken(flags), tls: tlsFlags(flags) });
  const session = createSessionDirectory(`node-${randomBytes(7).toString('hex')}`);
  try {
    const agent = await startAgent(readClusterAccess(cluster), session, { ...agentOptions(flags), isHeadNode: false });
    const { clusterId } = agent;
    publishCluster(session, { clusterId, ...cluster }, currentCluster()?.clusterId !== clusterId);
    print(
      `Node ${shortId(agent.nodeId)} joined the cluster at ${flags.address} with ${formatResources(agent.resources)}.`,
    );
    print('`ray-ts status` shows the cluster; `ray-ts stop` takes this machine out of it.');
    return session;
  } catch (error) {
    forgetCluster(session, true);
    throw error;
  }
}

function agentOptions(flags: StartFlags) {
  const { numCpus, numGpus, resources, nodeIpAddress: host } = flags;
  return { host, numCpus, numGpus, resources, tiedToParent: false };
}

const tlsFlags = ({ tlsCert, tlsKey, tlsCa }: StartFlags) => ({ cert: tlsCert, key: tlsKey, ca: tlsCa });

/** Stops what was started on Ctrl-C, or when one of its daemons has ended. */
async function block(session: SessionDirectory, interrupted: Promise<string>): Promise<void> {
  const numStarted = runningDaemons(session).length;
  let timer: NodeJS.Timeout | undefined;
  const daemonEnded = new Promise<string>((resolve) => {
    timer = setInterval(() => {
      if (runningDaemons(session).length < numStarted) resolve(`a daemon ended; its log in ${session.logs} says why`);
    }, DAEMON_CHECK_MS);
  });
  const reason = await Promise.race([interrupted, daemonEnded]);
  clearInterval(timer);
  await stopSessions([session], { graceMs: 10_000, removeLogs: false });
  print(`Stopped: ${reason}.`);
}

function onceInterrupted(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve('interrupted'));
    process.once('SIGTERM', () => resolve('terminated'));
  });
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
