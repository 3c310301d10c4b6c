/** Starts a local cluster with a node of its own making, and prints one JSON line per scenario, by the scenario's name. */
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

const local = { address: 'local', numCpus: 1, logToDriver: false } as const;
const node = { labels: { zone: 'a' }, objectStoreMemory: 80_000_000 };

function nothing(): string {
  return 'done';
}
const remoteNothing = ray.remote(nothing);

ray.main(async () => {
  print('badOptions', [
    await errorOf(ray.init({ ...local, labels: { zone: 1 as never } })),
    await errorOf(ray.init({ ...local, labels: { 'no label': 'a' } })),
    await errorOf(ray.init({ ...local, objectStoreMemory: 1_000 })),
    await errorOf(ray.init({ ...local, objectStoreMemory: 0.5 })),
  ]);
  const { address } = await ray.init({ ...local, ...node });
  const [info] = await ray.nodes();
  print('node', {
    zone: info?.labels['zone'],
    objectStoreBytes: info?.objectStoreBytes,
    nodeName: info?.nodeName,
    isStarted: info !== undefined && info.startTimeMs > 0 && info.startTimeMs <= Date.now(),
    endTimeMs: info?.endTimeMs ?? null,
  });
  print('selected', await ray.get(remoteNothing.options({ labelSelector: { zone: 'a' } }).remote()));
  print('elsewhere', await errorOf(ray.get(remoteNothing.options({ labelSelector: { zone: 'b' } }).remote())));
  await ray.shutdown();
  print('existing', await errorOf(ray.init({ address, ...node, token: 'a-token-of-some-length' })));
});
