import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadUnavailableError } from '../../src/core/index.js';
import { createHeadClient, type HeadClient } from '../../src/rpc/index.js';
import { eventually, type Lab } from './lab.js';

export interface LabCluster {
  readonly clusterId: string;
  readonly address: string;
  readonly token: string;
}

/** The cluster that the lab's machine takes for its own, as `ray-ts start` left it. */
export function currentCluster(lab: Lab): LabCluster {
  const current = JSON.parse(readFileSync(join(lab.directory, 'current.json'), 'utf8'));
  return JSON.parse(readFileSync(join(current.session, 'cluster.json'), 'utf8'));
}

/** A client as drivers have it, which waits for a head that is away. */
export function patientClient({ address, token }: LabCluster): HeadClient {
  const client = createHeadClient(address, { token });
  client.waitForHead(60_000);
  return client;
}

/** kill -9 of the head; resolves when nothing answers at its address. */
export async function killHead(lab: Lab): Promise<void> {
  const { address, token } = currentCluster(lab);
  const head = lab.processes().find(({ command }) => command.includes('head/main.js'));
  process.kill(head!.pid, 'SIGKILL');
  const client = createHeadClient(address, { token });
  try {
    await eventually('the head is gone', async () => {
      try {
        await client.call('getClusterState', {}, 500);
        return undefined;
      } catch (error) {
        return error instanceof HeadUnavailableError || undefined;
      }
    });
  } finally {
    client.close();
  }
}

/** `ray-ts start --head` once more. @throws what it printed when it failed. */
export async function restartHead(
  lab: Lab,
  flags: readonly string[] = [],
  extra: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await lab.ray(['start', '--head', ...flags], extra);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
