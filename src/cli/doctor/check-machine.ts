import { type Finding, ok, problem, warning } from './finding.js';
import type { MachineFacts } from './machine-facts.js';

const GIB = 1024 ** 3;
/** Enough for rings and tensor-parallel groups; the object store wants more. */
const MIN_SHARED_MEMORY_BYTES = GIB;
const MIN_OPEN_FILES = 4_096;
const RECOMMENDED_OPEN_FILES = 65_536;

/** What on a machine keeps a node from working well, and what to do about it. */
export function checkMachine(facts: MachineFacts): Finding[] {
  return [
    checkNodeVersion(facts.nodeVersion),
    checkPlatform(facts.platform),
    checkAddress(facts.address),
    checkSharedMemory(facts),
    checkOpenFiles(facts.openFiles),
    checkRedis(facts.redisServer),
    checkGpus(facts.gpus),
    ...checkSessionFolder(facts.sessionFolder),
  ];
}

function checkNodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('Node.js', version);
  return problem('Node.js', `${version} is too old`, 'Install Node.js 20.19 or newer.');
}

function checkPlatform(platform: string): Finding {
  if (platform.startsWith('linux')) return ok('System', platform);
  return problem(
    'System',
    `${platform}: nodes need Linux (futexes, /dev/shm)`,
    'Run nodes on Linux. A driver may run here when RAY_TS_ADDRESS names a cluster.',
  );
}

function checkAddress(address: string): Finding {
  if (!address.startsWith('127.')) return ok('Address', address);
  return warning(
    'Address',
    `${address}: other machines can't reach this one`,
    'For a cluster of several machines set RAY_TS_NODE_IP_ADDRESS, or pass --node-ip-address to ray-ts start.',
  );
}

function checkSharedMemory({ sharedMemory, memoryBytes }: MachineFacts): Finding {
  const subject = '/dev/shm';
  if (!sharedMemory) return problem(subject, 'there is none', 'Mount a tmpfs at /dev/shm.');
  const { totalBytes, freeBytes } = sharedMemory;
  const message = `${gib(freeBytes)} free of ${gib(totalBytes)}`;
  const remedy =
    'Make it larger: --shm-size=8g with Docker, an emptyDir with medium Memory on Kubernetes, or ' +
    '`mount -o remount,size=8G /dev/shm`. Files of clusters that are gone are removed by ray-ts stop.';
  if (freeBytes < MIN_SHARED_MEMORY_BYTES) return problem(subject, `only ${message}`, remedy);
  if (totalBytes < 0.3 * memoryBytes) return warning(subject, `${message}, less than 30% of memory`, remedy);
  return ok(subject, message);
}

function checkOpenFiles({ soft, hard }: MachineFacts['openFiles']): Finding {
  const subject = 'Open files';
  const remedy = 'Raise it before ray-ts start: `ulimit -n 65536`, or LimitNOFILE= in the systemd unit.';
  if (soft < MIN_OPEN_FILES) return problem(subject, `at most ${soft} (hard limit ${hard})`, remedy);
  if (soft < RECOMMENDED_OPEN_FILES) {
    return warning(subject, `at most ${soft} (hard limit ${hard}); a large cluster needs more`, remedy);
  }
  return ok(subject, soft === Number.POSITIVE_INFINITY ? 'no limit' : `at most ${soft}`);
}

function checkRedis(version: string | undefined): Finding {
  if (version !== undefined) return ok('Redis', version.split(' sha')[0]!);
  return warning(
    'Redis',
    'redis-server is not on the PATH: a head here keeps its state in the embedded store',
    'Nothing need be done for one machine. For a head that can come back on another machine, pass --redis-address.',
  );
}

function checkGpus(gpus: readonly string[] | undefined): Finding {
  if (gpus && gpus.length > 0) return ok('GPUs', gpus.join('; '));
  return warning(
    'GPUs',
    gpus ? 'nvidia-smi lists none' : 'nvidia-smi was not found',
    'Nothing need be done for a CPU node. With GPUs, install the NVIDIA driver; in Docker, run with --gpus all.',
  );
}

function checkSessionFolder(folder: MachineFacts['sessionFolder']): Finding[] {
  if (!folder) return [];
  const { path, mode } = folder;
  if ((mode & 0o077) === 0) return [ok('Session folder', `${path}, mode ${mode.toString(8)}`)];
  return [
    problem(
      'Session folder',
      `${path} has mode ${mode.toString(8)}: others on this machine can read the clusters' tokens`,
      `chmod 700 ${path}, and start the clusters anew so that they have new tokens.`,
    ),
  ];
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
