import { Command } from 'commander';
import { formatClusterDetail } from '../status/format-cluster-detail.js';
import { formatStatus } from '../status/format-status.js';
import { addressOption, withHead } from '../with-head.js';

interface StatusFlags {
  readonly address?: string;
  readonly verbose?: true;
  readonly json?: true;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('Show nodes, resources in use, and what waits for which reason, as the head has them now.')
    .addOption(addressOption())
    .option('-v, --verbose', 'also usage by node, and every placement group, actor, task worker and driver')
    .option('--json', 'print everything as one JSON object')
    .action(status);
}

async function status(flags: StatusFlags): Promise<void> {
  await withHead(flags.address, async ({ address, client }) => {
    const state = await client.call('getClusterState', {}, 5_000);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(state)}\n`);
      return;
    }
    process.stdout.write(formatStatus(state, address, new Date()));
    if (flags.verbose) process.stdout.write(formatClusterDetail(state));
  });
}
