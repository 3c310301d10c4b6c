import type { ApiSuite } from './api-suite.js';

const LARGE_LENGTH = 1_000_000;

export const spread: ApiSuite = {
  name: 'actors on every node',
  driver: 'spread',
  args: (numNodes) => [`${numNodes}`],
  facts: (printed, numNodes) => {
    it('each have a process, on the host of their node', () => {
      expect(printed()).toMatchObject({ processes: numNodes, hosts: numNodes });
    });
    it('answer the calls of one caller in order', () => {
      expect(printed()['inOrder']).toBe(true);
    });
    it("take large arrays of each other's making", () => {
      const sum = (LARGE_LENGTH * (LARGE_LENGTH - 1)) / 2;
      expect(printed()['sumsOfNeighbours']).toEqual(Array(numNodes).fill(sum));
    });
  },
};
