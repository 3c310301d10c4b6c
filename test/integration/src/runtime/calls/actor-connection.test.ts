import {
  ActorDiedError,
  type ActorId,
  ActorUnavailableError,
  Deferred,
  HeadUnavailableError,
  InvalidArgumentError,
  type JobId,
  PlacementGroupRemovedError,
  type RayError,
  TaskError,
  type WorkerId,
} from '../../../../../src/core/index.js';
import {
  type ActorDeath,
  type ActorUpdate,
  type CallMessage,
  encodeValue,
  type MessageStream,
  RpcServer,
} from '../../../../../src/rpc/index.js';
import { ActorConnection, type FollowingWorker } from '../../../../../src/runtime/calls/actor-connection.js';
import { CallLedger } from '../../../../../src/runtime/calls/call-ledger.js';
import type { CallSpec } from '../../../../../src/runtime/calls/submitted-call.js';
import { TaskTime } from '../../../../../src/runtime/calls/task-time.js';
import type { ObjectRef } from '../../../../../src/runtime/objects/object-ref.js';
import { Topic } from '../../../../../src/runtime/topic.js';
import { ConcurrencyGroups } from '../../../../../worker/actor/concurrency-groups.js';
import { serveCalls } from '../../../../../worker/actor/serve-calls.js';
import { ServedActor } from '../../../../../worker/actor/served-actor.js';
import { FakeObjects } from '../../../../support/fake-objects.js';

const CREDENTIALS = { token: 'the-token' };
const ACTOR = 'a1' as ActorId;

/** What the test's actor was asked. */
class Recorder {
  readonly asked: unknown[] = [];
  readonly reached = new Deferred<void>();

  echo(value: unknown): unknown {
    this.asked.push(value);
    return value;
  }

  fail(): never {
    throw new RangeError('too far');
  }

  neverAnswer(): Promise<never> {
    this.reached.resolve();
    return new Promise(() => undefined);
  }
}

/** An actor's server in this process; another actor's id makes it refuse. */
class TestActor {
  readonly recorder = new Recorder();
  readonly messages: CallMessage[] = [];
  readonly #server = new RpcServer(CREDENTIALS);
  port = 0;

  async listen(port = 0, actorId: string = ACTOR): Promise<this> {
    const groups = new ConcurrencyGroups({ maxConcurrency: 1, groups: {}, methodGroups: {} });
    const instance = this.recorder;
    const exit = (): void => undefined;
    const facts = { actorId, workerId: 'w1', className: 'Recorder', placementGroupId: '' };
    const served = new ServedActor({ ...facts, instance, groups, exit });
    const services = { objects: new FakeObjects('b'.repeat(28)), cancelChildren: () => undefined };
    this.#server.addService('WorkerService', {
      call: (stream) => {
        stream.receive((message) => this.messages.push(message));
        serveCalls(stream as MessageStream<CallMessage, never>, served, services);
      },
      bridge: (stream) => stream.close(),
    });
    this.port = await this.#server.listen('127.0.0.1', port);
    return this;
  }

  close(): void {
    this.#server.close();
  }
}

/** A driver whose head says what the test says. */
class TestDriver implements FollowingWorker {
  readonly cluster = { address: 'head:1', credentials: CREDENTIALS };
  readonly jobId = 'job' as JobId;
  readonly workerId = 'd'.repeat(28) as WorkerId;
  readonly head = undefined as never;
  readonly actorUpdates = new Topic<ActorId, ActorUpdate>();
  readonly losing = new Deferred<RayError>();

  get lost(): Promise<RayError> {
    return this.losing.promise;
  }

  sayAlive(port: number, workerId = ''): void {
    const address = { nodeId: 'n', hostname: 'host-a', pid: 42, rpcAddress: `127.0.0.1:${port}`, workerId, gpuIds: [] };
    this.#say({ state: 'ACTOR_LIFE_STATE_ALIVE', address });
  }

  sayRestarting(): void {
    this.#say({ state: 'ACTOR_LIFE_STATE_RESTARTING' });
  }

  sayDead(): void {
    const death = {
      kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED',
      message: 'Its process ended.',
      exitCode: 3,
      signal: '',
      hostname: 'host-a',
      pid: 42,
      stderrTail: [],
    } satisfies ActorDeath;
    this.#say({ state: 'ACTOR_LIFE_STATE_DEAD', death });
  }

  #say(update: Pick<ActorUpdate, 'state' | 'address' | 'death'>): void {
    this.actorUpdates.publish(ACTOR, { actorId: ACTOR, numRestarts: 0, pendingReason: '', ...update });
  }
}

/** A line whose results are awaited as values. */
class Line {
  readonly objects = new FakeObjects('d'.repeat(28));
  readonly connection: ActorConnection;

  constructor() {
    const tracer = { admits: () => false, record: () => undefined };
    const ledger = new CallLedger(this.objects, 'd'.repeat(28) as WorkerId, tracer);
    this.connection = new ActorConnection(ACTOR, 'Recorder', ledger, this.objects);
  }

  get alive() {
    return this.connection.alive;
  }

  get registered() {
    return this.connection.registered;
  }

  follow(worker: Promise<FollowingWorker>): void {
    this.connection.follow(worker.then((following) => ({ worker: following, actorId: ACTOR })));
  }

  call(method: string, args: readonly unknown[], maxRetries = 0): Promise<unknown> {
    const spec: CallSpec = {
      name: method,
      method,
      definition: undefined,
      numReturns: 1,
      backpressure: 0,
      concurrencyGroup: '',
      retry: { maxRetries, exceptions: false },
      time: new TaskTime(),
    };
    const { refs } = this.connection.call(spec, args);
    const read = this.objects.read(refs[0]!);
    read.catch(() => undefined); // some tests look at it later
    return read;
  }

  /** A ref that the test settles. */
  pending(): ObjectRef<unknown> {
    return this.objects.createPendingOne();
  }
}

const errorOf = (promise: Promise<unknown>): Promise<RayError> =>
  promise.then(
    (value) => {
      throw new Error(`It did not fail but gave ${String(value)}.`);
    },
    (error: RayError) => error,
  );

describe('a line to an actor', () => {
  let actor: TestActor;
  let driver: TestDriver;
  let connection: Line;

  beforeEach(async () => {
    actor = await new TestActor().listen();
    driver = new TestDriver();
    connection = new Line();
    connection.follow(Promise.resolve(driver));
  });

  afterEach(() => {
    driver.losing.resolve(new HeadUnavailableError('The test is over.'));
    actor.close();
  });

  it('holds calls until the actor is up, and brings their results', async () => {
    const results = [connection.call('echo', [1]), connection.call('echo', ['two'])];
    driver.sayAlive(actor.port);
    expect(await Promise.all(results)).toEqual([1, 'two']);
    expect(actor.recorder.asked).toEqual([1, 'two']);
    expect(await connection.alive).toMatchObject({ pid: 42 });
  });

  it('sends the calls of one turn of the event loop in one message', async () => {
    driver.sayAlive(actor.port);
    await connection.call('echo', [0]);
    actor.messages.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, n) => connection.call('echo', [n])));
    expect(actor.messages.map(({ calls }) => calls.length)).toEqual([50]);
  });

  it('keeps the order of calls, also behind one that waits for a ref', async () => {
    driver.sayAlive(actor.port);
    const late = connection.pending();
    const first = connection.call('echo', [late]);
    const second = connection.call('echo', ['second']);
    await connection.alive;
    connection.objects.settle(late, { value: encodeValue('first') });
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(actor.recorder.asked).toEqual(['first', 'second']);
  });

  it('fails a call with the error of its ref or its arguments, and goes on with the next', async () => {
    driver.sayAlive(actor.port);
    const late = connection.pending();
    const lost = connection.pending();
    connection.objects.settle(lost, { error: new TaskError('upstream') });
    const first = connection.call('echo', [late]);
    const failed = connection.call('echo', [lost]);
    const refused = connection.call('echo', [() => 1]);
    const last = connection.call('echo', ['last']);
    expect((await errorOf(failed)).message).toBe('upstream');
    expect(await errorOf(refused)).toBeInstanceOf(InvalidArgumentError);
    connection.objects.settle(late, { value: encodeValue('first') });
    expect(await Promise.all([first, last])).toEqual(['first', 'last']);
  });

  it('brings what the method threw', async () => {
    driver.sayAlive(actor.port);
    const error = await errorOf(connection.call('fail', []));
    expect(error).toBeInstanceOf(TaskError);
    expect(error.details).toMatchObject({ remoteName: 'RangeError', remoteMessage: 'too far' });
  });

  it('fails a call in flight when the actor dies as one that may have run, and later ones as not run', async () => {
    driver.sayAlive(actor.port);
    const inFlight = connection.call('neverAnswer', []);
    await actor.recorder.reached.promise;
    driver.sayDead();
    const error = await errorOf(inFlight);
    expect(error).toBeInstanceOf(ActorDiedError);
    expect(error.details).toMatchObject({ mayHaveRun: true, exitCode: 3, pid: 42 });
    expect(error.message).toMatch(/The call neverAnswer may have run\./);
    const later = await errorOf(connection.call('echo', [1]));
    expect(later).toBeInstanceOf(ActorDiedError);
    expect(later.details).toMatchObject({ mayHaveRun: false });
  });

  it('fails the calls that wait for an actor that dies before it is up as not run', async () => {
    const waiting = connection.call('echo', [1]);
    driver.sayDead();
    expect((await errorOf(waiting)).details).toMatchObject({ mayHaveRun: false });
    expect(await errorOf(connection.alive)).toBeInstanceOf(ActorDiedError);
  });

  it("waits for the head's word when the stream breaks", async () => {
    driver.sayAlive(actor.port);
    const inFlight = connection.call('neverAnswer', []);
    await actor.recorder.reached.promise;
    actor.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const queued = connection.call('echo', [1]);
    await new Promise(setImmediate);
    driver.sayDead();
    expect((await errorOf(inFlight)).details).toMatchObject({ mayHaveRun: true });
    expect((await errorOf(queued)).details).toMatchObject({ mayHaveRun: false });
  });

  it('calls the actor unavailable when the head has no word, and opens another stream for the next call', async () => {
    driver.sayAlive(actor.port);
    const inFlight = connection.call('neverAnswer', []);
    await actor.recorder.reached.promise;
    actor.close();
    const error = await errorOf(inFlight);
    expect(error).toBeInstanceOf(ActorUnavailableError);
    expect(error).toMatchObject({ retryable: true, details: { mayHaveRun: true } });
    const again = await new TestActor().listen(actor.port);
    try {
      expect(await connection.call('echo', ['again'])).toBe('again');
    } finally {
      again.close();
    }
  });

  it('takes another actor at the address for no answer, and runs nothing there', async () => {
    const other = await new TestActor().listen(0, 'a2');
    driver.sayAlive(other.port);
    const error = await errorOf(connection.call('echo', [1]));
    expect(error).toBeInstanceOf(ActorUnavailableError);
    expect(error.message).toMatch(/does not live here any more/);
    expect(other.recorder.asked).toEqual([]);
    other.close();
  });

  it('fails every call with the reason when the driver has lost its cluster', async () => {
    driver.sayAlive(actor.port);
    const inFlight = connection.call('neverAnswer', []);
    await actor.recorder.reached.promise;
    const gone = new HeadUnavailableError('The head is gone.');
    driver.losing.resolve(gone);
    expect(await errorOf(inFlight)).toBe(gone);
    expect(await errorOf(connection.call('echo', [1]))).toBe(gone);
  });
});

describe('a line to an actor that restarts', () => {
  let before: TestActor;
  let after: TestActor;
  let driver: TestDriver;
  let connection: Line;

  beforeEach(async () => {
    [before, after] = await Promise.all([new TestActor().listen(), new TestActor().listen()]);
    driver = new TestDriver();
    connection = new Line();
    connection.follow(Promise.resolve(driver));
    driver.sayAlive(before.port);
    await connection.call('echo', ['before']);
  });

  afterEach(() => {
    driver.losing.resolve(new HeadUnavailableError('The test is over.'));
    before.close();
    after.close();
  });

  it('runs a call in flight again in the new process if it has retries, and otherwise fails it as one that may have run', async () => {
    const once = connection.call('neverAnswer', []);
    const again = connection.call('echo', ['again'], 1);
    await before.recorder.reached.promise;
    driver.sayRestarting();
    expect(await errorOf(once)).toMatchObject({ code: 'RAY_ACTOR_UNAVAILABLE', details: { mayHaveRun: true } });
    driver.sayAlive(after.port);
    expect(await again).toBe('again');
    expect(before.recorder.asked).toEqual(['before']);
    expect(after.recorder.asked).toEqual(['again']);
  });

  it('keeps calls that were never sent for the new process', async () => {
    driver.sayRestarting();
    const waiting = connection.call('echo', ['waiting']);
    await new Promise(setImmediate);
    driver.sayAlive(after.port);
    expect(await waiting).toBe('waiting');
  });

  it('fails a call that waits for a ref when the actor dies in the meantime', async () => {
    const waiting = connection.call('echo', [connection.pending()]);
    driver.sayDead();
    expect(await errorOf(waiting)).toMatchObject({ code: 'RAY_ACTOR_DIED', details: { mayHaveRun: false } });
  });

  it('counts its calls until they are over', async () => {
    const waiting = connection.call('echo', ['waiting']);
    expect(connection.connection.numPending).toBe(1);
    await waiting;
    expect(connection.connection.numPending).toBe(0);
    await connection.connection.whenIdle();
  });
});

describe('a line to an actor that could not be registered', () => {
  it('fails every call with the reason', async () => {
    const connection = new Line();
    const before = connection.call('echo', [1]);
    const reason = new PlacementGroupRemovedError('The group is gone.');
    connection.follow(Promise.reject(reason));
    expect(await errorOf(before)).toBe(reason);
    expect(await errorOf(connection.call('echo', [2]))).toBe(reason);
    expect(await errorOf(connection.alive)).toBe(reason);
    expect(await connection.registered).toBeUndefined();
  });
});
