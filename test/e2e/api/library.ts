import type { ApiSuite } from './api-suite.js';

export const library: ApiSuite = {
  name: 'collectives, queues, pools and the view of the cluster',
  driver: 'library',
  facts: (printed, numNodes) => {
    it('adds up, gathers, scatters, broadcasts and sends among the actors of a group', () => {
      const common = { sum: [6, 6], gathered: [0, 10, 20], word: [7, 8] };
      expect(printed()['collectives']).toEqual([
        { ...common, scattered: [0], received: 0 },
        { ...common, scattered: [1], received: 0 },
        { ...common, scattered: [2], received: 0.5 },
      ]);
    });
    it('lets a driver declare a group, which its actors join when they first use it', () => {
      expect(printed()['declared']).toEqual([3, 3, 3]);
    });
    it('tells the ranks that wait that another one died', () => {
      const died = expect.stringMatching(/a rank of collective group declared, died/);
      expect(printed()['deadRank']).toEqual([died, died]);
    });
    it('shares a bounded queue between actors and the driver', () => {
      expect(printed()['queue']).toEqual([0, 1, 2, 3, 4]);
      expect([printed()['emptyQueue'], printed()['fullQueue']]).toEqual(['RAY_QUEUE_EMPTY', 'RAY_QUEUE_FULL']);
    });
    it('spreads calls over a pool of actors, in order or as they come', () => {
      expect(printed()['pool']).toEqual({ ordered: [1, 4, 9, 16, 25], unordered: [36, 49, 64], isFree: true });
    });
    it('shows the nodes, what they have and what is in use', () => {
      expect(printed()['cluster']).toEqual({
        alive: Array(numNodes).fill(true),
        cpus: 2 * numNodes,
        usedCpus: 1,
      });
    });
    it('runs a task on the node that it names', () => {
      expect(printed()['affinity']).toBe(true);
    });
    it('draws when tasks ran', () => {
      expect(printed()['timeline']).toBe(1);
    });
  },
};
