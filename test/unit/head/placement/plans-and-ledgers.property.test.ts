import fc from 'fast-check';
import { chooseNode } from '../../../../head/placement/choose-node.js';
import { ClusterView } from '../../../../head/placement/cluster-view.js';
import { planBundles } from '../../../../head/placement/plan-bundles.js';
import { sortBundles } from '../../../../head/placement/sort-bundles.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import type { ActorId, NodeId, PlacementGroupId, Resources } from '../../../../src/core/index.js';
import { ResourceLedger } from '../../../../worker/agent/resource-ledger.js';
import { actorRecord, addressOf, groupRecord, nodeRecord, nodeRequest } from '../../../support/head-records.js';
import { bundleSet, bundlesOf } from '../../../support/node-snapshots.js';

const NODE = nodeRecord('n1', { CPU: 8, GPU: 3 });
const n1 = NODE.nodeId;

const request = fc.record({
  CPU: fc.constantFrom(0.5, 1, 2),
  GPU: fc.constantFrom(0, 0.2, 0.5, 0.6, 1, 2),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('actor' as const), request }),
  fc.record({ kind: fc.constant('group' as const), bundles: fc.array(request, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
);

/** One node, as the head has it in its records and as its agent has it in its ledger. */
class NodeOfTwoBooks {
  readonly #ledger = new ResourceLedger({ total: NODE.total });
  readonly #journal: StateJournal;
  readonly #view: ClusterView;
  readonly #ends: (() => void)[] = [];
  #numMade = 0;

  private constructor(journal: StateJournal) {
    this.#journal = journal;
    this.#view = new ClusterView(journal, new Map());
  }

  static async open(): Promise<NodeOfTwoBooks> {
    const store = new MemoryHeadStore();
    const node = new NodeOfTwoBooks(new StateJournal(store, (await store.acquireLease('test', 60_000))!));
    void node.#journal.putNode(NODE);
    return node;
  }

  get free(): readonly [Resources, Resources] {
    return [this.#view.snapshot(NODE).available, this.#ledger.snapshot().available];
  }

  /** @returns whether the head would start it, and whether the agent does. */
  startActor(quantities: Resources): readonly [boolean, boolean] {
    const wanted = nodeRequest(quantities);
    const isPlanned = chooseNode(wanted, this.#view.nodes()).kind === 'placed';
    const id = `a${this.#numMade++}` as ActorId;
    const lease = this.#ledger.lease({ kind: 'actor', id, resources: wanted.resources });
    if (lease.kind !== 'leased') return [isPlanned, false];
    const actor = actorRecord(id, quantities, { nodeId: n1, address: addressOf(`w-${id}`, n1, lease.gpuIds) });
    void this.#journal.putActor(actor);
    this.#ends.push(() => {
      this.#ledger.release(id);
      void this.#journal.putActor({ ...actor, state: 'DEAD' });
    });
    return [isPlanned, true];
  }

  /** @returns whether the head would reserve it, and whether the agent does. */
  reserveGroup(quantities: readonly Resources[]): readonly [boolean, boolean] {
    const set = bundleSet('STRICT_PACK', bundlesOf(...quantities));
    const isPlanned = planBundles(set, this.#view.nodes()).kind === 'placed';
    const id = `g${this.#numMade++}` as PlacementGroupId;
    const order = sortBundles(set.bundles);
    const isTaken = order.every((index) => this.#ledger.prepareBundle(id, index, set.bundles[index]!.resources));
    if (!isTaken) {
      this.#ledger.returnBundles(id);
      return [isPlanned, false];
    }
    const gpuIds = quantities.map((_, index) => this.#ledger.gpuIdsOfBundle(id, index));
    const nodeIds = quantities.map((): NodeId => n1);
    const group = groupRecord(id, quantities, nodeIds, { gpuIds });
    void this.#journal.putPlacementGroup(group);
    this.#ends.push(() => {
      this.#ledger.returnBundles(id);
      void this.#journal.putPlacementGroup({ ...group, state: 'REMOVED' });
    });
    return [isPlanned, true];
  }

  end(which: number): void {
    const [end] = this.#ends.splice(which % Math.max(1, this.#ends.length), 1);
    end?.();
  }
}

describe("the head's plans and an agent's ledger", () => {
  it('agree on what a node has room for, GPU by GPU, whatever came and went', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const node = await NodeOfTwoBooks.open();
        for (const next of steps) {
          if (next.kind === 'end') node.end(next.which);
          else {
            const [isPlanned, isTaken] =
              next.kind === 'actor' ? node.startActor(next.request) : node.reserveGroup(next.bundles);
            expect(isPlanned).toBe(isTaken);
          }
          const [planned, held] = node.free;
          expect(planned).toEqual(held);
        }
      }),
    );
  });
});
