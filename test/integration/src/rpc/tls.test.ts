import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HeadUnavailableError, type TlsIdentity, UnauthenticatedError } from '../../../../src/core/index.js';
import { createHeadClient, type HeadClient, RpcServer } from '../../../../src/rpc/index.js';
import { Certificates } from '../../../support/certificates.js';
import { eventually } from '../../../support/eventually.js';

const TOKEN = 'the-token-of-the-cluster';

describe('a server with TLS', () => {
  const own = new Certificates();
  const foreign = new Certificates();
  const servers: RpcServer[] = [];
  const clients: HeadClient[] = [];

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => {
    own.remove();
    foreign.remove();
  });

  async function serve(tls: TlsIdentity | 'none' = own.texts, authenticateWithinMs = 10_000) {
    const server = new RpcServer(
      { token: TOKEN, tls: tls === 'none' ? undefined : tls },
      { authenticateWithinMs, maxStrangers: 100 },
    );
    servers.push(server);
    server.addService('HeadService', {
      getClusterState: async () => ({ clusterId: 'c1' }),
      attachWorker: (stream) => stream.receive(() => void stream.send({ heartbeat: {} })),
    });
    return { server, port: await server.listen('127.0.0.1', 0) };
  }

  function connect(port: number, tls: TlsIdentity | undefined, { token = TOKEN, host = '127.0.0.1' } = {}): HeadClient {
    const client = createHeadClient(`${host}:${port}`, { token, tls });
    clients.push(client);
    return client;
  }

  it('answers calls and streams of clients with a certificate of its authority', async () => {
    const { port } = await serve();
    const client = connect(port, own.texts);
    expect(await client.call('getClusterState', {})).toMatchObject({ clusterId: 'c1' });
    const stream = client.stream('attachWorker');
    const answered = new Promise((resolve) => stream.receive(resolve));
    void stream.send({ heartbeat: {} });
    expect(await answered).toMatchObject({ kind: 'heartbeat' });
    stream.close();
  });

  it('asks for the token all the same', async () => {
    const { port } = await serve();
    const call = connect(port, own.texts, { token: 'another-token-altogether' }).call('getClusterState', {});
    await expect(call).rejects.toThrow(UnauthenticatedError);
  });

  it('shows nothing of the token to who listens', async () => {
    const { port } = await serve();
    const heard: Buffer[] = [];
    const tap = createServer((near) => {
      const far = connectTcp(port, '127.0.0.1');
      near
        .on('data', (data) => heard.push(data))
        .pipe(far)
        .pipe(near);
    }).listen(0, '127.0.0.1');
    await once(tap, 'listening');
    const { port: tapPort } = tap.address() as { port: number };
    await connect(tapPort, own.texts).call('getClusterState', {});
    tap.close();
    const bytes = Buffer.concat(heard);
    expect(bytes.length).toBeGreaterThan(100);
    expect(bytes.includes(TOKEN)).toBe(false);
  });

  describe('has no call reach it', () => {
    it.each([
      ['of a client without TLS', () => undefined],
      ['of a client with a certificate of another authority', () => ({ ...foreign.texts, ca: own.texts.ca })],
    ])('%s', async (_what, tls) => {
      const { port, server } = await serve();
      await expect(connect(port, tls()).call('getClusterState', {}, 2_000)).rejects.toThrow();
      await expect(connect(port, own.texts).call('getClusterState', {})).resolves.toMatchObject({ clusterId: 'c1' });
      await eventually('its connection is gone', () => (server.numConnections === 1 ? true : undefined));
    });

    it('of a peer that shows no certificate', async () => {
      const { port } = await serve();
      const socket = connectTls({ host: '127.0.0.1', port, ca: own.texts.ca, ALPNProtocols: ['h2'] });
      socket.on('error', () => undefined).resume();
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      await new Promise((resolve) => socket.once('close', resolve));
    });
  });

  describe('is not believed by a client', () => {
    it.each([
      [
        'when its certificate is of another authority',
        () => ({ ...foreign.texts, ca: own.texts.ca }),
        /can't be reached/,
      ],
      ['when it has no TLS', () => 'none' as const, /can't be reached/],
    ])('%s', async (_what, tls, message) => {
      const { port } = await serve(tls());
      const error = await connect(port, own.texts)
        .call('getClusterState', {}, 3_000)
        .catch((caught) => caught);
      expect(error).toBeInstanceOf(HeadUnavailableError);
      expect(error.message).toMatch(message);
    });

    it('when its certificate is for another address, and says so', async () => {
      const elsewhere = new Certificates('IP:192.0.2.7');
      try {
        const { port } = await serve(elsewhere.texts);
        const error = await connect(port, elsewhere.texts)
          .call('getClusterState', {})
          .catch((caught) => caught);
        expect(error).toBeInstanceOf(HeadUnavailableError);
        expect(error.message).toMatch(/192\.0\.2\.7/);
      } finally {
        elsewhere.remove();
      }
    });
  });

  it('is believed at any address when its certificate has the name ray-ts', async () => {
    const shared = new Certificates('DNS:ray-ts');
    try {
      const { port } = await serve(shared.texts);
      expect(await connect(port, shared.texts).call('getClusterState', {})).toMatchObject({ clusterId: 'c1' });
    } finally {
      shared.remove();
    }
  });

  it('is believed by its host name', async () => {
    const { port } = await serve();
    const client = connect(port, own.texts, { host: 'localhost' });
    expect(await client.call('getClusterState', {})).toMatchObject({ clusterId: 'c1' });
  });

  it('cuts a connection that never begins its handshake', async () => {
    const { port, server } = await serve(own.texts, 300);
    const socket = connectTcp(port, '127.0.0.1').resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await eventually('it is gone', () => (server.numConnections === 0 ? true : undefined));
    expect(await connect(port, own.texts).call('getClusterState', {})).toMatchObject({ clusterId: 'c1' });
  });
});
