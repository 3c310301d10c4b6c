import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHeadClient } from '../../../../src/rpc/index.js';
import { AttackedHead } from '../../../support/attacked-head.js';
import { eventually } from '../../../support/eventually.js';
import { FrozenProxy } from '../../../support/frozen-proxy.js';

const TOKEN = 'the-token-of-the-cluster';
const LIMITS = { authenticateWithinMs: 1_000, maxStrangers: 100 };
const MIB = 1024 * 1024;
/** Far below what the attacks would take if they were let. */
const MAX_GROWTH_BYTES = 150 * MIB;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const STATE_PATH = '/rayts.v1.HeadService/GetClusterState';

describe('a server with clients at work is not disturbed by', () => {
  let head: AttackedHead;
  let before: Awaited<ReturnType<AttackedHead['facts']>>;
  let sockets: Socket[] = [];
  let sessions: ClientHttp2Session[] = [];

  beforeAll(async () => {
    head = await AttackedHead.start({ credentials: { token: TOKEN }, limits: LIMITS });
  });
  beforeEach(async () => {
    before = await head.facts();
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const session of sessions) session.destroy();
    sockets = [];
    sessions = [];
  });
  afterAll(() => head.close());

  async function open(...bytes: readonly Buffer[]): Promise<Socket> {
    const socket = connect(head.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    await once(socket, 'connect');
    for (const chunk of bytes) socket.write(chunk);
    return socket;
  }

  function openSession(): ClientHttp2Session {
    const session = connectHttp2(`http://${head.address}`, { maxSessionMemory: 2_000 });
    session.setMaxListeners(50).on('error', () => undefined);
    sessions.push(session);
    return session;
  }

  /** A call with raw bytes for its body; resolves with the gRPC status, or undefined when it was cut. */
  async function rawCall(
    session: ClientHttp2Session,
    headers: Record<string, string>,
    body: readonly Buffer[],
  ): Promise<string | undefined> {
    const stream = session.request({
      ':method': 'POST',
      ':path': STATE_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let status: string | undefined;
    const read = (received: object): void => {
      status ??= (received as Record<string, string>)['grpc-status'];
    };
    stream
      .on('response', read)
      .on('trailers', read)
      .on('error', () => undefined);
    stream.resume();
    for (const chunk of body) stream.write(chunk);
    await Promise.race([once(stream, 'close'), once(stream, 'end'), once(session, 'close')]).catch(() => undefined);
    stream.close(constants.NGHTTP2_CANCEL);
    return status;
  }

  /** The others are served, the connections are those from before, and so, about, is the memory. */
  async function expectUndisturbed(): Promise<void> {
    await head.serveOthers();
    await eventually('the connections are gone', async () => {
      const { numConnections } = await head.facts();
      return numConnections <= before.numConnections ? true : undefined;
    });
    expect((await head.facts()).rssBytes - before.rssBytes).toBeLessThan(MAX_GROWTH_BYTES);
    await head.serveOthers();
  }

  it.each([
    ['without a token', {}],
    ['with a wrong token', { authorization: 'Bearer another-token-altogether' }],
    ['with a token of another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('calls %s: they are refused and their connection is cut', async (_what, headers) => {
    const session = openSession();
    expect(await rawCall(session, headers, [])).toBe('16');
    await expectUndisturbed();
  });

  it('large messages without a token: they are not read', async () => {
    const session = openSession();
    const body = Buffer.alloc(60 * MIB);
    body.writeUInt32BE(body.length - 5, 1);
    const calls = Array.from({ length: 10 }, () => rawCall(session, {}, [body]));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['16']));
    await expectUndisturbed();
  });

  it.each([
    ['random bytes', [Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7919) % 251))]],
    ['an HTTP/1 request', [Buffer.from('GET / HTTP/1.1\r\nHost: head\r\n\r\n')]],
    ['a TLS handshake', [Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(500, 1)]],
    ['an HTTP/2 preface followed by garbage', [PREFACE, Buffer.alloc(5_000, 0xee)]],
    ['an HTTP/2 frame of 16 MiB', [PREFACE, frame(0xffffff, 0, 1, Buffer.alloc(1_000))]],
    ['a flood of settings', [PREFACE, ...Array.from({ length: 20_000 }, () => frame(0, 4, 0))]],
    [
      'a flood of pings',
      [PREFACE, frame(0, 4, 0), ...Array.from({ length: 20_000 }, () => frame(8, 6, 0, Buffer.alloc(8)))],
    ],
    [
      'headers that never end',
      [
        PREFACE,
        frame(0, 4, 0),
        frame(100, 1, 1, Buffer.alloc(100)),
        ...Array.from({ length: 5_000 }, () => frame(1_000, 9, 1, Buffer.alloc(1_000))),
      ],
    ],
  ])('%s', async (_what, bytes) => {
    const socket = await open(...bytes);
    await closed(socket);
    await expectUndisturbed();
  });

  it.each([
    ['without the token', {}, '16'],
    ['with the token', { authorization: `Bearer ${TOKEN}` }, '8'],
  ])('a message that is announced with 1 GiB, %s', async (_what, headers, status) => {
    const announcement = Buffer.alloc(5 + 1_000);
    announcement.writeUInt32BE(1024 * MIB, 1);
    const session = openSession();
    expect(await rawCall(session, headers, [announcement])).toBe(status);
    session.close();
    await expectUndisturbed();
  });

  it('a small message that unpacks to a large one', async () => {
    const packed = gzipSync(Buffer.alloc(512 * MIB));
    const header = Buffer.from([1, 0, 0, 0, 0]);
    header.writeUInt32BE(packed.length, 1);
    const session = openSession();
    const headers = { authorization: `Bearer ${TOKEN}`, 'grpc-encoding': 'gzip' };
    expect(await rawCall(session, headers, [header, packed])).toBe('8');
    session.close();
    await expectUndisturbed();
  });

  it.each([
    ['an unknown method', { ':path': '/rayts.v1.HeadService/Nothing' }],
    ['a path of odd characters', { ':path': '/\u00ff%\u0080/\u00e4' }],
    ['another content type', { 'content-type': 'text/html' }],
    ['a damaged timeout', { 'grpc-timeout': 'soon', authorization: `Bearer ${TOKEN}` }],
    ['damaged binary metadata', { 'some-bin': '!!!', authorization: `Bearer ${TOKEN}` }],
    ['an encoding nobody knows', { 'grpc-encoding': '\u00ff', authorization: `Bearer ${TOKEN}` }],
  ])('a call with %s', async (_what, headers) => {
    const session = openSession();
    void rawCall(session, headers as Record<string, string>, [Buffer.from([1, 0, 0, 0, 1, 0])]);
    await once(session, 'connect');
    await head.serveOthers();
    session.destroy();
    await expectUndisturbed();
  });

  it('calls that are broken off as soon as they are made, by the thousand', async () => {
    const session = openSession();
    await once(session, 'connect');
    for (let n = 0; n < 20_000 && !session.destroyed; n++) {
      const stream = session.request({ ':method': 'POST', ':path': STATE_PATH, 'content-type': 'application/grpc' });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      if (n % 500 === 0) await new Promise(setImmediate);
    }
    await head.serveOthers();
    session.destroy();
    await expectUndisturbed();
  });

  it('hundreds of connections that say nothing: the oldest are cut, and after a while the rest', async () => {
    await Promise.all(Array.from({ length: 500 }, () => open()));
    await head.serveOthers();
    expect((await head.facts()).numConnections).toBeLessThan(2 * LIMITS.maxStrangers);
    await expectUndisturbed();
  });

  it('connections that say what they have to say one byte at a time', async () => {
    const trickling = await Promise.all(Array.from({ length: 50 }, () => open(PREFACE.subarray(0, 5))));
    let sent = 5;
    const timer = setInterval(() => {
      for (const socket of trickling) if (socket.writable) socket.write(PREFACE.subarray(sent, sent + 1));
      sent = Math.min(sent + 1, PREFACE.length - 2);
    }, 100);
    await Promise.all(trickling.map(closed));
    clearInterval(timer);
    await expectUndisturbed();
  });

  it('a peer that stops reading and answers nothing, while it is sent to', async () => {
    const proxy = await FrozenProxy.to(head.port);
    const client = createHeadClient(`127.0.0.1:${proxy.port}`, { token: TOKEN });
    try {
      const stream = client.stream('attachWorker');
      const flooded = new Promise<void>((resolve) => stream.receive(() => resolve()));
      void stream.send({ register: {} });
      await flooded;
      proxy.freeze();
      await eventually(
        'the server gives the peer up',
        async () => {
          await head.serveOthers();
          return (await head.facts()).numConnections <= before.numConnections ? true : undefined;
        },
        { withinMs: 30_000 },
      );
      const { numFlooded } = await head.facts();
      await head.serveOthers();
      expect((await head.facts()).numFlooded).toBe(numFlooded);
    } finally {
      client.close();
      proxy.close();
    }
    await head.serveOthers();
  });

  it('clients that authenticate themselves and stay for longer than strangers may', async () => {
    const client = createHeadClient(head.address, { token: TOKEN });
    try {
      await client.call('getClusterState', {});
      const stranger = await open();
      await closed(stranger);
      expect((await head.facts()).numConnections).toBe(before.numConnections + 1);
    } finally {
      client.close();
    }
    await expectUndisturbed();
  });
});

/** Unlike `once`, also when an error comes first. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

/** An HTTP/2 frame that announces `length` bytes. */
function frame(length: number, type: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}
