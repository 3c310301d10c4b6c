import {
  DeadlineExceededError,
  Deferred,
  HeadUnavailableError,
  IllegalStateError,
  InvalidArgumentError,
} from '../../../../src/core/index.js';
import { RpcClient, RpcServer, type ServiceHandlers, type Services } from '../../../../src/rpc/index.js';

const credentials = { token: 'the-token' };
type Handlers = Partial<ServiceHandlers<Services['HeadService']>>;

let server: RpcServer;
let client: RpcClient<'HeadService'>;

async function serve(handlers: Handlers): Promise<void> {
  server = new RpcServer(credentials);
  server.addService('HeadService', handlers);
  const port = await server.listen('127.0.0.1', 0);
  client = new RpcClient('HeadService', {
    address: `127.0.0.1:${port}`,
    credentials,
    peer: 'The head',
    unavailable: (message, cause) => new HeadUnavailableError(message, { cause }),
  });
}

afterEach(() => {
  client.close();
  server.close();
});

const kill = (actorId: string, deadlineMs?: number) => client.call('killActor', { actorId }, deadlineMs);

describe('unary calls that are made in one turn', () => {
  it('are answered each with its own answer, also by different methods', async () => {
    await serve({
      getKey: async ({ key }) => ({ found: true, value: Buffer.from(`value of ${key}`) }),
      killActor: async () => ({}),
    });
    const [first, second, killed] = await Promise.all([
      client.call('getKey', { key: 'a' }),
      client.call('getKey', { key: 'b' }),
      kill('c'),
    ]);
    expect([first, second].map(({ value }) => Buffer.from(value).toString())).toEqual(['value of a', 'value of b']);
    expect(killed).toEqual({});
  });

  it('are answered as soon as each is done', async () => {
    const slow = new Deferred<void>();
    await serve({
      killActor: async ({ actorId }) => {
        if (actorId === 'slow') await slow.promise;
        return {};
      },
    });
    let isSlowAnswered = false;
    const slowCall = kill('slow').then(() => {
      isSlowAnswered = true;
    });
    await kill('quick');
    expect(isSlowAnswered).toBe(false);
    slow.resolve();
    await slowCall;
  });

  it('fail one by one, with the error that the handler threw', async () => {
    await serve({
      killActor: async ({ actorId }) => {
        if (actorId === 'bad') throw new InvalidArgumentError('no such actor', { details: { actorId } });
        return {};
      },
    });
    const [good, bad] = await Promise.allSettled([kill('good'), kill('bad')]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: 'no such actor', details: { actorId: 'bad' } },
    });
    expect(bad.status === 'rejected' && bad.reason).toBeInstanceOf(InvalidArgumentError);
  });

  it('have a deadline each', async () => {
    const never = new Promise<never>(() => undefined);
    await serve({ killActor: ({ actorId }) => (actorId === 'hangs' ? never : Promise.resolve({})) });
    const [hanging, other] = await Promise.allSettled([kill('hangs', 50), kill('answers')]);
    expect(hanging.status === 'rejected' && hanging.reason).toBeInstanceOf(DeadlineExceededError);
    expect(other.status).toBe('fulfilled');
  });

  it('tell the handlers when nobody waits any more', async () => {
    const aborted = new Deferred<void>();
    await serve({
      killActor: (_request, signal) => {
        signal.addEventListener('abort', () => aborted.resolve());
        return new Promise<never>(() => undefined);
      },
    });
    const calls = await Promise.allSettled([kill('a', 50), kill('b', 50)]);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await aborted.promise;
  });

  it('fail all that are not answered when the server ends', async () => {
    const arrived = new Deferred<void>();
    await serve({
      killActor: () => {
        arrived.resolve();
        return new Promise<never>(() => undefined);
      },
    });
    const calls = Promise.allSettled([kill('a'), kill('b')]);
    await arrived.promise;
    server.close();
    for (const call of await calls) {
      expect(call.status === 'rejected' && call.reason).toBeInstanceOf(HeadUnavailableError);
    }
  });

  it('fail when the client is closed in the same turn, before they are sent', async () => {
    await serve({ killActor: async () => ({}) });
    const calls = Promise.allSettled([kill('a'), kill('b')]);
    client.close();
    for (const call of await calls) {
      expect(call.status === 'rejected' && call.reason).toBeInstanceOf(HeadUnavailableError);
    }
    await expect(kill('c')).rejects.toThrow(IllegalStateError);
  });

  it('go in several messages when they are large', async () => {
    await serve({ putKey: async ({ value }) => ({ stored: value.length === 700_000 }) });
    const value = Buffer.alloc(700_000, 1);
    const answers = await Promise.all(['a', 'b', 'c'].map((key) => client.call('putKey', { key, value })));
    expect(answers.map(({ stored }) => stored)).toEqual([true, true, true]);
  });
});
