import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type StartedHead, startAgent, startHead, stopCluster, stopSessions } from '../../api/index.js';
import { InvalidArgumentError, shortId } from '../../core/index.js';
import {
  chooseTlsFiles,
  createSessionDirectory,
  currentCluster,
  forgetCluster,
  locateCluster,
  pruneSessions,
  publishCluster,
  readClusterAccess,
  runningDaemons,
  type SessionDirectory,
  sessionsOfCluster,
} from '../../process/index.js';
import { chooseToken } from '../choose-token.js';
import { addNodeFlags, describeOffer, type NodeFlags, nodeOptions } from '../node-flags.js';
import { parseInteger, parsePort } from '../parse-values.js';
import { startedText } from '../started-text.js';

interface StartFlags extends NodeFlags {
  readonly head?: true;
  readonly address?: string;
  readonly port?: number;
  readonly tempDir?: string;
  readonly redisAddress?: string;
  readonly embeddedStore?: true;
  readonly clusterName?: string;
  readonly newCluster?: true;
  readonly standby?: true;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly block?: true;
  readonly leaseMs?: number;
  readonly headLeaseMs?: number;
  readonly storeWaitMs?: number;
}

const DAEMON_CHECK_MS = 500;

export function startCommand(): Command {
  const command = new Command('start')
    .description('Start a cluster on this machine (--head), or join one (--address).')
    .option('--head', 'start the head and a node agent beside it')
    .option(
      '--address <host:port,…>',
      'join the cluster whose head is there; name all places where a head may be started after this one',
    )
    .option('--port <port>', "the head's port; 0 takes a free one (default: 6380)", parsePort)
    .addOption(
      new Option(
        '--redis-address <url>',
        "keep the head's state in this Redis (default: a redis-server of its own, if installed)",
      ).env('RAY_TS_REDIS_ADDRESS'),
    )
    .option('--embedded-store', "keep the head's state in its embedded store, also where a redis-server is installed")
    .option(
      '--cluster-name <name>',
      "which cluster of the Redis (default: 'default'); a head goes on with what it finds",
    )
    .option('--new-cluster', 'give up the cluster that crashed here, or that the Redis holds, and begin a new one')
    .option(
      '--standby',
      "wait until the head that uses the Redis is gone, then go on in its place; needs that one's token",
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
    .option(
      '--temp-dir <path>',
      'folder for logs and state, instead of RAY_TS_TMPDIR, which the other commands need then (default: in /tmp)',
    )
    .option('--block', 'stay in the foreground; Ctrl-C stops what was started')
    .action(start);
  addNodeFlags(command);
  for (const option of timingOptions()) command.addOption(option.argParser(parseInteger).hideHelp());
  return command;
}

/** For tests, and for those who know why. */
const timingOptions = (): Option[] => [
  new Option('--lease-ms <ms>', 'silence of a node or driver that means its death'),
  new Option('--head-lease-ms <ms>', 'how long nodes and drivers go on without the head'),
  new Option('--store-wait-ms <ms>', 'how long a change waits for a store that is away'),
];

async function start(flags: StartFlags): Promise<void> {
  if (flags.head && flags.address) throw new InvalidArgumentError('--head and --address exclude each other.');
  if (flags.standby && !(flags.head && flags.redisAddress)) {
    throw new InvalidArgumentError('--standby needs --head, and the --redis-address of the head that it waits for.');
  }
  if (flags.tempDir) process.env['RAY_TS_TMPDIR'] = resolve(flags.tempDir);
  pruneSessions();
  // Listened for from the start: a Ctrl-C while the daemons come up stops them once they are.
  const interrupted = flags.block ? onceInterrupted() : undefined;
  const session = flags.head ? await startAsHead(flags) : await joinCluster(flags);
  if (interrupted) await block(session, interrupted);
}

async function startAsHead(flags: StartFlags): Promise<SessionDirectory> {
  const token = chooseToken(flags);
  if (flags.standby && !token) throw new InvalidArgumentError("A standby needs the cluster's token: set RAY_TS_TOKEN.");
  const tls = chooseTlsFiles(tlsFlags(flags));
  const head = await startHead({ ...flags, host: flags.nodeIpAddress, token, tls, tiedToParent: false });
  if (flags.standby) return standingBy(head);
  if (head.origin === 'found') {
    print(
      `Goes on with cluster ${shortId(head.clusterId)}, which was there before (--new-cluster begins another one).`,
    );
    // Also one that joined later, after the node that was started with the head had ended.
    const daemons = sessionsOfCluster(head.clusterId).flatMap(runningDaemons);
    if (daemons.some(({ role }) => role === 'agent')) return foundAgent(head);
  }
  try {
    const agent = await startAgent(head, head.session, { ...agentOptions(flags), isHeadNode: true });
    print(startedText(head, agent.resources, token ? 'given' : 'made'));
    return head.session;
  } catch (error) {
    if (head.origin === 'new') await stopCluster(head.clusterId, { graceMs: 5_000, removeLogs: false });
    throw error;
  }
}

function standingBy(head: StartedHead): SessionDirectory {
  print(`Stands by for the head at ${head.address}; state in ${head.store}, logs in ${head.session.logs}.`);
  print('To offer this machine to the cluster as well, join it: ray-ts start --address=…');
  return head.session;
}

/** The node of the crashed head lives: its agent finds the new head by itself. */
function foundAgent(head: StartedHead): SessionDirectory {
  print(`The head is back at ${head.address}; this machine's node is still there, and comes back by itself.`);
  return head.session;
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
      `Node ${shortId(agent.nodeId)} joined the cluster at ${flags.address} with ${describeOffer(agent.resources)}.`,
    );
    print('`ray-ts status` shows the cluster; `ray-ts stop` takes this machine out of it.');
    return session;
  } catch (error) {
    forgetCluster(session, true);
    throw error;
  }
}

function agentOptions(flags: StartFlags) {
  return { ...nodeOptions(flags), tiedToParent: false };
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
