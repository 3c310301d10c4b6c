import fc from 'fast-check';
import { coordinatesOf, groupKinds, layOutGroups, type RankLayout } from '../../../../src/distributed/rank-layout.js';

const EIGHT = { worldSize: 8, tensorParallelSize: 2, pipelineParallelSize: 2, dataParallelSize: 2 };

const sizes = fc.integer({ min: 1, max: 3 });

const layouts: fc.Arbitrary<Required<RankLayout>> = fc
  .record({ external: sizes, dp: sizes, pp: sizes, pcp: sizes, dcp: sizes, tpOverDcp: sizes })
  .map(({ external, dp, pp, pcp, dcp, tpOverDcp }) => ({
    worldSize: external * dp * pp * pcp * dcp * tpOverDcp,
    tensorParallelSize: dcp * tpOverDcp,
    pipelineParallelSize: pp,
    dataParallelSize: dp,
    prefillContextParallelSize: pcp,
    decodeContextParallelSize: dcp,
  }));

describe('layOutGroups', () => {
  it("lays out 2 x 2 x 2 ranks as vLLM's table has it", () => {
    expect(layOutGroups(EIGHT)).toEqual({
      tp: [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ],
      dcp: [[0], [1], [2], [3], [4], [5], [6], [7]],
      pcp: [[0], [1], [2], [3], [4], [5], [6], [7]],
      pp: [
        [0, 2],
        [1, 3],
        [4, 6],
        [5, 7],
      ],
      dp: [
        [0, 4],
        [2, 6],
        [1, 5],
        [3, 7],
      ],
      ep: [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
      ],
    });
  });

  it('makes decode context-parallel groups of as many ranks as share a KV cache, within a tensor-parallel group', () => {
    expect(layOutGroups({ worldSize: 4, tensorParallelSize: 4, decodeContextParallelSize: 2 }).dcp).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('has every rank in exactly one group of each kind, and groups of the right size', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const groups = layOutGroups(layout);
        const sizeOfKind = {
          tp: layout.tensorParallelSize,
          dcp: layout.decodeContextParallelSize,
          pcp: layout.prefillContextParallelSize,
          pp: layout.pipelineParallelSize,
          dp: layout.dataParallelSize,
          ep: layout.dataParallelSize * layout.prefillContextParallelSize * layout.tensorParallelSize,
        };
        const everybody = Array.from({ length: layout.worldSize }, (_, rank) => rank);
        for (const kind of groupKinds) {
          expect(groups[kind].flat().toSorted((a, b) => a - b)).toEqual(everybody);
          expect(new Set(groups[kind].map((ranks) => ranks.length))).toEqual(new Set([sizeOfKind[kind]]));
        }
      }),
    );
  });

  it('has the ranks of a group in order of their place on its axis', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const groups = layOutGroups(layout);
        const placesIn = (ranks: readonly number[]) => ranks.map((rank) => coordinatesOf(rank, layout));
        for (const ranks of groups.pp) {
          expect(placesIn(ranks).map((place) => place.pipelineParallelRank)).toEqual(ranks.map((_, index) => index));
        }
        for (const ranks of groups.ep) {
          expect(new Set(placesIn(ranks).map((place) => place.pipelineParallelRank)).size).toBe(1);
        }
      }),
    );
  });

  it('refuses sizes that do not make up the world', () => {
    expect(() => layOutGroups({ ...EIGHT, worldSize: 6 })).toThrow(
      "A world of 6 ranks can't be cut into dataParallelSize 2",
    );
    expect(() => layOutGroups({ worldSize: 3, tensorParallelSize: 3, decodeContextParallelSize: 2 })).toThrow(
      'tensorParallelSize 3 must be a multiple of decodeContextParallelSize 2',
    );
    expect(() => layOutGroups({ worldSize: 3, tensorParallelSize: 0 })).toThrow('tensorParallelSize must be');
  });
});

describe('coordinatesOf', () => {
  it('counts tensor ranks fastest and data-parallel ranks slowest', () => {
    expect(coordinatesOf(6, EIGHT)).toEqual({
      externalDataParallelRank: 0,
      dataParallelRank: 1,
      pipelineParallelRank: 1,
      prefillContextParallelRank: 0,
      tensorParallelRank: 0,
    });
  });

  it('tells worlds apart that share nothing', () => {
    expect(coordinatesOf(3, { worldSize: 4, tensorParallelSize: 2 }).externalDataParallelRank).toBe(1);
  });

  it('refuses a rank that is not in the world', () => {
    expect(() => coordinatesOf(8, EIGHT)).toThrow('ranks 0 to 7, not 8');
  });
});
