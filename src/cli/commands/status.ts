import { Command } from 'commander';
import { InvalidArgumentError } from '../../core/index.js';
import { currentCluster } from '../../process/index.js';
import { createHeadClient } from '../../rpc/index.js';
import { formatStatus } from '../format-status.js';

interface StatusFlags {
  readonly address?: string;
  readonly json?: true;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('Show nodes, resources in use, placement groups and actors, as the head has them now.')
    .option('--address <host:port>', "the cluster (default: RAY_TS_ADDRESS, else this machine's)")
    .option('--json', 'print everything as one JSON object')
    .action(status);
}

async function status(flags: StatusFlags): Promise<void> {
  const current = currentCluster();
  const address = flags.address ?? process.env['RAY_TS_ADDRESS'] ?? current?.address;
  if (!address) {
    throw new InvalidArgumentError(
      'No cluster was found on this machine. Start one with `ray-ts start --head`, or give --address.',
    );
  }
  const token = process.env['RAY_TS_TOKEN'] ?? (current?.address === address ? current.token : undefined);
  if (!token) throw new InvalidArgumentError(`Set RAY_TS_TOKEN to the token of the cluster at ${address}.`);
  const head = createHeadClient(address, token);
  try {
    const state = await head.call('getClusterState', {}, 5_000);
    process.stdout.write(flags.json ? `${JSON.stringify(state)}\n` : formatStatus(state, address));
  } finally {
    head.close();
  }
}
