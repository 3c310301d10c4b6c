/**
 * The process of one rank that is measured: `collective-rank.ts SPEC`. Its main thread carries rings to the other hosts, as
 * that of a worker does, and a process of its own computes. It tells its parent where it is reached, hears where the others
 * are, and tells what was measured; it ends with its parent.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  connectRemoteRing,
  createRing,
  createTensorParallelGroup,
  removeRing,
  removeTensorParallelGroup,
  slotRingBytes,
} from '../../src/channel/index.js';
import { IllegalStateError } from '../../src/core/index.js';
import { groupPlaceOf } from '../../src/llm/executor/group-links.js';
import { RpcServer } from '../../src/rpc/index.js';
import { ExposedChannels } from '../../worker/actor/exposed-channels.js';
import type { CollectiveSpec, CollectiveTask } from './collective-spec.js';

const spec = JSON.parse(process.argv[2]!) as CollectiveSpec;
const { rank, hosts, layout, base } = spec;
const LOOPBACK = '127.0.0.1';
const COMPUTE = fileURLToPath(new URL('collective-compute.ts', import.meta.url));
const credentials = { token: 'benchmark' };
const place = groupPlaceOf(hosts, rank);
const isCreator = place.localRanks[0] === rank;
const groupPath = `${base}-group-${hosts[rank]}`;
const outgoing = place.sendsTo.map((peer) => ({ ...peer, path: `${base}-out-${rank}-${peer.rank}` }));
const incoming = place.receivesFrom.map((peer) => ({ ...peer, path: `${base}-in-${peer.rank}-${rank}` }));

function createChannels(): ExposedChannels {
  const channels = new ExposedChannels();
  const capacityBytes = slotRingBytes(layout.partialSumBytes);
  for (const { path } of [...outgoing, ...incoming]) createRing(path, { capacityBytes });
  for (const link of outgoing) channels.expose(`to-${link.rank}`, link.path);
  if (isCreator) createTensorParallelGroup(groupPath, layout, { numLocalRanks: place.localRanks.length });
  return channels;
}

async function listen(channels: ExposedChannels): Promise<string> {
  const refuse = (): never => {
    throw new IllegalStateError('A rank of the benchmark only carries rings.');
  };
  const server = new RpcServer(credentials);
  server.addService('WorkerService', { call: refuse, objects: refuse, bridge: (stream) => channels.serve(stream) });
  return `${LOOPBACK}:${await server.listen(LOOPBACK, 0)}`;
}

function measure(addresses: readonly string[]): void {
  for (const { rank: peer, path } of incoming) {
    const ring = { address: addresses[peer]!, channelId: `to-${rank}`, localPath: path, credentials };
    // The links break when the first rank has measured and ends.
    connectRemoteRing({ ...ring, direction: 'pull' }).catch(() => undefined);
  }
  const task: CollectiveTask = { spec, groupPath, links: { rank, outgoing, incoming } };
  const computing = fork(COMPUTE, [JSON.stringify(task)], { execArgv: ['--import', 'tsx'] });
  computing.on('message', (microseconds) => process.send!({ microseconds }));
  process.once('exit', () => computing.kill('SIGKILL'));
}

function removeChannels(): void {
  for (const { path } of [...outgoing, ...incoming]) removeRing(path);
  if (isCreator) removeTensorParallelGroup(groupPath);
}

process.on('message', (addresses: readonly string[]) => measure(addresses));
process.on('disconnect', () => {
  removeChannels();
  process.exit(0);
});
process.send!({ address: await listen(createChannels()) });
