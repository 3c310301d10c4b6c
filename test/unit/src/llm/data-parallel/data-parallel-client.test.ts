import { EngineDeadError, ModelLoadError, silentLogger } from '../../../../../src/core/index.js';
import { DataParallelClient } from '../../../../../src/llm/data-parallel/data-parallel-client.js';
import { EngineCoreClient } from '../../../../../src/llm/engine/engine-core-client.js';
import type { EngineCoreRequest } from '../../../../../src/llm/engine/engine-core-request.js';
import type { EngineHooks } from '../../../../../src/llm/engine/launched-engine.js';
import { ScriptedLink } from './scripted-link.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const requestOf = (requestId: string, dataParallelRank?: number): EngineCoreRequest => ({
  requestId,
  promptTokenIds: [5],
  sampling: {
    temperature: 0,
    topP: 1,
    minP: 0,
    topK: 0,
    seed: undefined,
    maxTokens: 2,
    minTokens: 0,
    stopTokenIds: [],
    ignoreEos: false,
    numLogprobs: -1,
    numPromptLogprobs: -1,
    skipReadingPrefixCache: false,
  },
  priority: 0,
  cacheSalt: undefined,
  arrivalTime: 0,
  dataParallelRank,
});

/** Two replicas over scripted links; a replica that is launched again gets a new link. */
class Lab {
  readonly links: ScriptedLink[][] = [[], []];
  readonly events: string[] = [];
  client!: DataParallelClient;

  link(rank: number): ScriptedLink {
    return this.links[rank]!.at(-1)!;
  }

  open(maxRestarts = 0, hooks: EngineHooks = {}): Promise<DataParallelClient> {
    return DataParallelClient.start(
      {
        numReplicas: 2,
        ranksPerReplica: 2,
        maxRestarts,
        logger: silentLogger,
        launch: async (rank, replicaHooks, signal) => {
          const link = new ScriptedLink();
          this.links[rank]!.push(link);
          signal.addEventListener('abort', () => link.terminate());
          const client = await EngineCoreClient.start(link, replicaHooks);
          return { client, shutdown: () => client.shutdown() };
        },
      },
      hooks,
    );
  }

  async start(maxRestarts = 0, hooks: EngineHooks = {}): Promise<void> {
    const starting = this.open(maxRestarts, hooks);
    for (const rank of [0, 1]) this.link(rank).ready();
    this.client = await starting;
  }

  add(requestId: string, rank?: number): number {
    return this.client.addRequest(requestOf(requestId, rank), {
      onOutput: ({ finishReason }) => this.events.push(`${requestId} ${finishReason ?? 'token'}`),
      onError: (error) => this.events.push(`${requestId} failed: ${error.message}`),
    });
  }
}

const killed = new EngineDeadError('Replica 1 was killed.');

describe('DataParallelClient', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.client?.shutdown());

  describe('requests', () => {
    it('go to the engine core with the least to do', async () => {
      await lab.start();
      expect([lab.add('a'), lab.add('b'), lab.add('c')]).toEqual([0, 1, 0]);
      lab.link(0).step('a', { numWaiting: 1, numRunning: 1 });
      lab.link(1).step('b', { isLast: true, numRunning: 0 });
      expect([lab.add('d'), lab.add('e')]).toEqual([1, 1]);
      expect(lab.events).toEqual(['a token', 'b length']);
    });

    it('go where they are pinned to', async () => {
      await lab.start();
      expect([lab.add('a', 1), lab.add('b', 1)]).toEqual([1, 1]);
      expect(lab.link(1).idsOf('add')).toEqual(['a', 'b']);
    });

    it('are aborted where they are, and an engine core that has none left counts as idle', async () => {
      await lab.start();
      lab.add('a');
      lab.add('b');
      lab.link(0).step('a');
      lab.link(1).step('b');
      lab.client.abortRequests(['b', 'unknown']);
      expect([lab.link(0).idsOf('abort'), lab.link(1).idsOf('abort')]).toEqual([[], ['b']]);
      expect(lab.add('c')).toBe(1);
    });
  });

  describe('calls', () => {
    it('of workers join the answers of all, in the order of the ranks', async () => {
      await lab.start();
      const call = lab.client.callUtility({ method: 'collectiveRpc', workerMethod: 'describe', args: [] });
      lab.link(1).answer(['rank 2', 'rank 3']);
      lab.link(0).answer(['rank 0', 'rank 1']);
      await expect(call).resolves.toEqual(['rank 0', 'rank 1', 'rank 2', 'rank 3']);
    });

    it('to forget prefixes say whether all did', async () => {
      await lab.start();
      const call = lab.client.callUtility({ method: 'resetPrefixCache' });
      lab.link(0).answer(true);
      lab.link(1).answer(false);
      await expect(call).resolves.toBe(false);
    });
  });

  describe('what replicas report', () => {
    it('is told with the ranks of all, the index of the engine core, and lines that all say once', async () => {
      const reported: unknown[] = [];
      const starting = lab.open(0, {
        onProgress: ({ rank }) => reported.push(`rank ${rank}`),
        onLog: (line) => reported.push(line),
        onStep: (_, engine) => reported.push(`step of ${engine}`),
      });
      for (const rank of [0, 1]) {
        lab.link(rank).say({ type: 'progress', progress: { rank: 1, phase: 'reading weights', fraction: 0 } });
        lab.link(rank).say({ type: 'log', line: 'Compiled.' });
        lab.link(rank).ready();
      }
      lab.client = await starting;
      lab.add('a', 1);
      lab.link(1).step('a');
      expect(reported).toEqual(['rank 1', 'Replica 0: Compiled.', 'rank 3', 'step of 1']);
    });
  });

  describe('a launch of which one part fails', () => {
    it('rejects with its error and ends the others', async () => {
      const starting = lab.open();
      lab.link(1).failToLoad(new ModelLoadError('no weights'));
      await expect(starting).rejects.toThrow('no weights');
      expect(lab.links.map((links) => links.length)).toEqual([1, 1]);
    });
  });

  describe('without restarts', () => {
    it('the death of one fails all requests and the engine', async () => {
      await lab.start();
      const failures: string[] = [];
      lab.client.onFailure(({ message }) => failures.push(message));
      lab.add('a', 0);
      lab.add('b', 1);
      lab.link(1).end(killed);
      await turn();
      expect(lab.events).toEqual(['b failed: Replica 1 was killed.', 'a failed: Replica 1 was killed.']);
      expect(failures).toEqual(['Replica 1 was killed.']);
      expect(lab.client.isRunning).toBe(false);
      expect(() => lab.add('c')).toThrow('The engine failed earlier: Replica 1 was killed.');
    });
  });

  describe('with restarts', () => {
    it('only the requests of the dead one fail, and later ones go to those that live', async () => {
      await lab.start(1);
      lab.add('a', 0);
      lab.add('b', 1);
      lab.link(1).end(killed);
      await turn();
      expect(lab.events).toEqual(['b failed: Replica 1 was killed.']);
      expect([lab.add('c'), lab.add('d')]).toEqual([0, 0]);
      expect(() => lab.add('e', 1)).toThrow('Replica 1 is being launched again: Replica 1 was killed.');
      expect(lab.client.failure).toBeUndefined();
    });

    it('the one that is back knows the vocabulary, sleeps if the others do, and takes requests', async () => {
      await lab.start(1);
      lab.client.setVocabulary({ spellings: [], eosTokenIds: [2] });
      const sleeping = lab.client.callUtility({ method: 'sleep', level: 1 });
      for (const rank of [0, 1]) lab.link(rank).answer(undefined);
      await sleeping;
      lab.link(1).end(killed);
      await turn();
      lab.link(1).ready();
      await turn();
      expect(lab.links[1]).toHaveLength(2);
      expect(lab.link(1).sent.map(({ type }) => type)).toEqual(['vocabulary', 'utility']);
      lab.link(1).answer(undefined);
      await turn();
      expect(lab.add('a', 1)).toBe(1);
    });

    it('a launch that fails counts as one, and the engine lives on without the replica', async () => {
      await lab.start(1);
      lab.link(1).end(killed);
      await turn();
      lab.link(1).failToLoad(new ModelLoadError('no weights'));
      await turn();
      expect(lab.links[1]).toHaveLength(2);
      expect(() => lab.add('a', 1)).toThrow('Replica 1 is gone: no weights');
      expect(lab.add('b')).toBe(0);
    });

    it('the engine fails when the last replica has died for good', async () => {
      await lab.start(1);
      for (const rank of [0, 1]) {
        lab.link(rank).end(killed);
        await turn();
        lab.link(rank).failToLoad(new ModelLoadError(`no weights for ${rank}`));
        await turn();
      }
      expect(lab.client.failure?.message).toBe('no weights for 1');
    });

    it('a shutdown ends a launch too', async () => {
      await lab.start(1);
      lab.link(1).end(killed);
      await turn();
      await lab.client.shutdown();
      expect(() => lab.add('a')).toThrow('The engine was shut down.');
      expect(lab.links[1]).toHaveLength(2);
    });
  });
});
