import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { openHeadStore } from '../../../../head/store/open-head-store.js';
import { StoreUnavailableError } from '../../../../src/core/index.js';
import { Certificates } from '../../../support/certificates.js';
import { describeWithRedis } from '../../../support/redis-server.js';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describeWithRedis('a Redis that is reached by TLS and asks for a certificate', (executable) => {
  const own = new Certificates();
  const foreign = new Certificates();
  let redis: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    const { cert, key, ca } = own.files;
    const tls = ['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca];
    redis = spawn(executable, ['--port', '0', '--bind', '127.0.0.1', '--save', '', '--requirepass', 's3cret', ...tls], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    url = `rediss://:s3cret@127.0.0.1:${port}`;
    let log = '';
    for await (const chunk of redis.stdout!) {
      log += String(chunk);
      if (log.includes('Ready to accept connections')) break;
    }
    if (!log.includes('Ready to accept connections')) throw new Error(`redis-server has no TLS or failed:\n${log}`);
  });
  afterAll(async () => {
    redis.kill('SIGKILL');
    if (redis.exitCode === null && redis.signalCode === null) await once(redis, 'exit');
    own.remove();
    foreign.remove();
  });

  it("keeps the head's state with the cluster's certificate", async () => {
    const store = await openHeadStore({ kind: 'redis', url, namespace: 'tls', tls: own.texts });
    const lease = await store.acquireLease('head', 10_000);
    expect(lease?.epoch).toBeGreaterThan(0);
    await store.close();
  });

  it.each([
    ['without one', undefined],
    ['with one of another authority', foreign.texts],
  ])('is not used %s', async (_what, tls) => {
    const opening = openHeadStore({ kind: 'redis', url, namespace: 'tls', writeTimeoutMs: 500, tls });
    await expect(opening).rejects.toThrow(StoreUnavailableError);
  });
});
