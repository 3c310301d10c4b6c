import {
  DeadlineExceededError,
  Deferred,
  HeadUnavailableError,
  IllegalStateError,
  InvalidArgumentError,
  PlacementGroupInfeasibleError,
  TaskError,
  UnauthenticatedError,
} from '../../../../src/core/index.js';
import {
  type MessageStream,
  RpcClient,
  RpcServer,
  type ServiceHandlers,
  type Services,
  type StreamEnd,
  type WorkerEvent,
  type WorkerMessage,
} from '../../../../src/rpc/index.js';

const CREDENTIALS = { token: 'the-token' };
type Handlers = ServiceHandlers<Services['HeadService']>;
type DriverStream = MessageStream<WorkerMessage, WorkerEvent>;

let servers: RpcServer[] = [];
let clients: RpcClient<'HeadService'>[] = [];

async function serve(handlers: Partial<Handlers>): Promise<{ server: RpcServer; port: number }> {
  const server = new RpcServer(CREDENTIALS);
  servers.push(server);
  server.addService('HeadService', handlers);
  return { server, port: await server.listen('127.0.0.1', 0) };
}

function connect(port: number, token = CREDENTIALS.token): RpcClient<'HeadService'> {
  const client = new RpcClient('HeadService', {
    address: `127.0.0.1:${port}`,
    credentials: { token },
    peer: 'The head',
    unavailable: (message, cause) => new HeadUnavailableError(message, { cause }),
  });
  clients.push(client);
  return client;
}

/** How a stream ends, when it does. */
function endOf(stream: { onEnd(listener: (end: StreamEnd) => void): void }): Promise<StreamEnd> {
  return new Promise((resolve) => stream.onEnd(resolve));
}

/** A stream to a head that hands its own side of it to the test. */
async function openStream(): Promise<{
  near: MessageStream<WorkerEvent, WorkerMessage>;
  far: DriverStream;
  server: RpcServer;
}> {
  const accepted = new Deferred<DriverStream>();
  const { server, port } = await serve({ attachWorker: (stream) => accepted.resolve(stream) });
  const near = connect(port).stream('attachWorker');
  await near.send({ heartbeat: {} });
  return { near, far: await accepted.promise, server };
}

const actorUpdate = (actorId: string) => ({ actorUpdate: { actorId, state: 'ACTOR_LIFE_STATE_ALIVE' as const } });

afterEach(() => {
  for (const client of clients) client.close();
  for (const server of servers) server.close();
  clients = [];
  servers = [];
});

describe('a unary call', () => {
  it('brings the request to the handler and the answer back, every field set', async () => {
    let killed = '';
    const { port } = await serve({
      killActor: async ({ actorId }) => {
        killed = actorId;
        return {};
      },
      getClusterState: async () => ({
        clusterId: 'c1',
        store: 's',
        nodes: [],
        placementGroups: [],
        actors: [],
        jobs: [],
      }),
    });
    await connect(port).call('killActor', { actorId: 'a1' });
    expect(killed).toBe('a1');
    expect(await connect(port).call('getClusterState', {})).toMatchObject({ clusterId: 'c1', nodes: [], jobs: [] });
  });

  it('is refused with a wrong token, and with none, before the handler sees it', async () => {
    const { port } = await serve({});
    for (const token of ['another', '']) {
      const error = await connect(port, token)
        .call('killActor', { actorId: 'a' })
        .catch((caught) => caught);
      expect(error).toBeInstanceOf(UnauthenticatedError);
      expect(error.message).toMatch(/token is missing or wrong/);
    }
  });

  it('throws the error that the handler threw', async () => {
    const { port } = await serve({
      createPlacementGroup: async () => {
        throw new PlacementGroupInfeasibleError('It can never fit.', { details: { nodes: 2 } });
      },
    });
    const error = await connect(port)
      .call('createPlacementGroup', {
        placementGroupId: 'p',
        jobId: 'j',
        name: '',
        strategy: 'PLACEMENT_STRATEGY_PACK',
        bundles: [],
      })
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(PlacementGroupInfeasibleError);
    expect(error).toMatchObject({ message: 'It can never fit.', details: { nodes: 2 } });
  });

  it('throws a foreign error of the handler as a TaskError, thrown before or after its first await', async () => {
    const { port } = await serve({
      killActor: () => {
        throw new TypeError('at once');
      },
      createActor: async () => {
        await new Promise(setImmediate);
        throw new RangeError('later');
      },
    });
    const early = await connect(port)
      .call('killActor', { actorId: 'a' })
      .catch((caught) => caught);
    expect(early).toBeInstanceOf(TaskError);
    expect(early.details).toMatchObject({ remoteName: 'TypeError', remoteMessage: 'at once' });
    await expect(connect(port).call('createActor', {})).rejects.toThrow('RangeError: later');
  });

  it('ends at its deadline, and tells the handler', async () => {
    const aborted = new Deferred<void>();
    const { port } = await serve({
      killActor: (_request, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => aborted.resolve());
        }),
    });
    await expect(connect(port).call('killActor', { actorId: 'a' }, 50)).rejects.toThrow(DeadlineExceededError);
    await aborted.promise;
  });

  it('fails with the unavailable error when nobody listens, naming the peer', async () => {
    const { port, server } = await serve({});
    server.close();
    const error = await connect(port)
      .call('killActor', { actorId: 'a' })
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(HeadUnavailableError);
    expect(error.message).toMatch(/^The head can't be reached: /);
  });

  it('fails with an error of the family on a client that was closed', async () => {
    const { port } = await serve({});
    const client = connect(port);
    client.close();
    await expect(client.call('killActor', { actorId: 'a' })).rejects.toThrow(IllegalStateError);
  });
});

describe('a stream', () => {
  it('is refused with a wrong token', async () => {
    const { port } = await serve({});
    const stream = connect(port, 'another').stream('attachWorker');
    expect(await endOf(stream)).toBeInstanceOf(UnauthenticatedError);
  });

  it('carries messages in order both ways, also those that came before anybody received', async () => {
    const { near, far } = await openStream();
    const arrived: string[] = [];
    const done = new Deferred<void>();
    for (let n = 0; n < 100; n++) void far.send(actorUpdate(`a${n}`));
    near.receive(({ actorUpdate: update }) => {
      arrived.push(update?.actorId ?? '');
      if (arrived.length === 100) done.resolve();
    });
    await done.promise;
    expect(arrived).toEqual(Array.from({ length: 100 }, (_, n) => `a${n}`));
  });

  it('ends in order on both sides when the client closes it, after what it sent', async () => {
    const { near, far } = await openStream();
    near.receive(() => undefined);
    let numReceived = 0;
    far.receive(() => numReceived++);
    for (let n = 0; n < 10; n++) void near.send({ heartbeat: {} });
    near.close();
    expect(await endOf(far)).toBeUndefined();
    expect(numReceived).toBe(11);
    expect(await endOf(near)).toBeUndefined();
  });

  it('ends in order on both sides when the server closes it, after what it sent', async () => {
    const { near, far } = await openStream();
    let numReceived = 0;
    near.receive(() => numReceived++);
    far.receive(() => undefined);
    for (let n = 0; n < 10; n++) void far.send({ heartbeat: {} });
    far.close();
    expect(await endOf(near)).toBeUndefined();
    expect(numReceived).toBe(10);
    expect(await endOf(far)).toBeUndefined();
  });

  it('breaks with the error that the server closes it with, on both sides', async () => {
    const { near, far } = await openStream();
    near.receive(() => undefined);
    far.close(new InvalidArgumentError('not you'));
    for (const end of [await endOf(near), await endOf(far)]) {
      expect(end).toBeInstanceOf(InvalidArgumentError);
      expect(end?.message).toBe('not you');
    }
  });

  it('breaks with the error of a handler that throws', async () => {
    const { port } = await serve({
      attachWorker: () => {
        throw new InvalidArgumentError('no drivers today');
      },
    });
    expect(await endOf(connect(port).stream('attachWorker'))).toMatchObject({ message: 'no drivers today' });
  });

  it('ends at the server too when the client breaks it', async () => {
    const { near, far } = await openStream();
    far.receive(() => undefined);
    near.close(new IllegalStateError('silent'));
    expect(await endOf(near)).toMatchObject({ message: 'silent' });
    await endOf(far);
    expect(far.isEnded).toBe(true);
  });

  it('ends with the unavailable error when the server goes away in the middle', async () => {
    const { near, server } = await openStream();
    near.receive(() => undefined);
    server.close();
    expect(await endOf(near)).toBeInstanceOf(HeadUnavailableError);
  });

  it('ends with the unavailable error when nobody listens', async () => {
    const { port, server } = await serve({});
    server.close();
    expect(await endOf(connect(port).stream('attachWorker'))).toBeInstanceOf(HeadUnavailableError);
  });

  it('holds its sender back while the other side does not read, and lets it go when that reads', async () => {
    const { near, far } = await openStream();
    far.pause();
    const large = { register: { jobId: 'j', hostname: 'h', pid: 1, entrypoint: 'x'.repeat(1_000_000), version: '1' } };
    let state: 'sending' | 'sent' = 'sending';
    const sent = (async () => {
      for (let n = 0; n < 30; n++) await near.send(large);
      state = 'sent';
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(state).toBe('sending');
    let numReceived = 0;
    far.receive(() => numReceived++);
    far.resume();
    await sent;
    near.close();
    await endOf(far);
    expect(numReceived).toBe(31);
  });

  it('lets a sender go that waits for room when the stream breaks, and drops what is sent after', async () => {
    const { near, far, server } = await openStream();
    far.pause();
    const large = { register: { jobId: 'j', hostname: 'h', pid: 1, entrypoint: 'x'.repeat(1_000_000), version: '1' } };
    const sent = (async () => {
      for (let n = 0; n < 30; n++) await near.send(large);
    })();
    server.close();
    await sent;
    await near.send(large);
    expect(near.isEnded).toBe(true);
  });

  it('tells a listener that comes after the end at once, and everyone once', async () => {
    const { near, far } = await openStream();
    near.receive(() => undefined);
    let numCalls = 0;
    near.onEnd(() => numCalls++);
    far.close(new InvalidArgumentError('over'));
    await endOf(near);
    near.close();
    near.close(new IllegalStateError('again'));
    expect(await endOf(near)).toMatchObject({ message: 'over' });
    expect(numCalls).toBe(1);
  });
});

describe('a server', () => {
  it('says which port is taken', async () => {
    const { port } = await serve({});
    const second = new RpcServer(CREDENTIALS);
    servers.push(second);
    const error = await second.listen('127.0.0.1', port).catch((caught) => caught);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is taken`));
  });

  it('says that a host is not one of its machine', async () => {
    const server = new RpcServer(CREDENTIALS);
    servers.push(server);
    await expect(server.listen('192.0.2.1', 0)).rejects.toThrow('192.0.2.1 is not an address of this machine');
  });
});
