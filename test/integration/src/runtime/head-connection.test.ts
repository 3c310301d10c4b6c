import { createJobId, type NodeId } from '../../../../src/core/index.js';
import { type MessageStream, RpcServer, type WorkerEvent, type WorkerMessage } from '../../../../src/rpc/index.js';
import { HeadConnection } from '../../../../src/runtime/head-connection.js';
import { untilPasses } from '../../../support/until-passes.js';

const credentials = { token: 'token' };
const registered = { registered: { clusterId: 'c1', leaseMs: 10_000, headLeaseMs: 60_000 } };

describe('the session of a worker whose connection breaks', () => {
  let server: RpcServer;
  let connection: HeadConnection;
  /** A stream for each registration, the last one last. */
  let streams: MessageStream<WorkerMessage, WorkerEvent>[];
  let heard: WorkerMessage[];

  beforeEach(async () => {
    streams = [];
    heard = [];
    server = new RpcServer(credentials);
    server.addService('HeadService', {
      attachWorker: (stream) => {
        streams.push(stream);
        stream.receive((message) => {
          heard.push(message);
          if (message.register && streams.length === 1) void stream.send(registered);
        });
      },
    });
    const port = await server.listen('127.0.0.1', 0);
    connection = await HeadConnection.open({ address: `127.0.0.1:${port}`, credentials }, createJobId());
  });
  afterEach(async () => {
    await connection.close();
    server.close();
  });

  /** Breaks the connection; the next registration waits for the head's answer. */
  async function breakConnection(): Promise<void> {
    heard = [];
    streams[0]!.close(new Error('broken by the test'));
    await untilPasses(() => expect(heard).toHaveLength(1));
  }

  it('says in its registration what it follows and wants', async () => {
    connection.nodeUpdates.subscribe('n1' as NodeId, () => undefined);
    connection.leases.request({ leaseId: 'l1' }, () => undefined);
    await breakConnection();
    expect(heard[0]!.register).toMatchObject({
      subscriptions: { nodeIds: ['n1'] },
      leaseRequests: [{ leaseId: 'l1' }],
    });
  });

  it('says once it is let in what came up since it registered', async () => {
    await breakConnection();
    connection.nodeUpdates.subscribe('n1' as NodeId, () => undefined);
    connection.leases.request({ leaseId: 'l1' }, () => undefined);
    void streams[1]!.send(registered);
    await untilPasses(() => expect(heard).toHaveLength(3));
    expect(heard.slice(1)).toMatchObject([{ subscribe: { nodeIds: ['n1'] } }, { leaseRequest: { leaseId: 'l1' } }]);
  });

  it('hears of the nodes that it follows', async () => {
    const states: string[] = [];
    connection.nodeUpdates.subscribe('n1' as NodeId, ({ state }) => states.push(state));
    void streams[0]!.send({ nodeUpdate: { nodeId: 'n1', state: 'NODE_LIFE_STATE_DEAD' } });
    await untilPasses(() => expect(states).toEqual(['NODE_LIFE_STATE_DEAD']));
  });
});
