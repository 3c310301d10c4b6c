import { Command } from 'commander';
import { stopCluster } from '../../api/index.js';
import { removeDeadSegments } from '../../channel/index.js';
import { currentCluster, pruneSessions } from '../../process/index.js';
import { parseNumber } from '../parse-values.js';

interface StopFlags {
  readonly force?: true;
  readonly gracePeriod: number;
}

export function stopCommand(): Command {
  return new Command('stop')
    .description("Stop this cluster's processes on this machine; other clusters and programs are left alone.")
    .option('-f, --force', 'kill at once')
    .option('-g, --grace-period <seconds>', 'how long the processes may take to end', parseNumber, 16)
    .action(stop);
}

async function stop(flags: StopFlags): Promise<void> {
  const cluster = currentCluster();
  if (!cluster) {
    await removeDeadSegments();
    pruneSessions();
    process.stdout.write('No cluster of yours runs on this machine.\n');
    return;
  }
  const graceMs = flags.force ? 0 : flags.gracePeriod * 1_000;
  const numStopped = await stopCluster(cluster.clusterId, { graceMs, removeLogs: false });
  pruneSessions();
  process.stdout.write(`Stopped the cluster at ${cluster.address} on this machine (${numStopped} processes).\n`);
}
