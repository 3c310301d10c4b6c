import { encodeValueInPlace, type HeadClient } from '../../../../../src/rpc/index.js';
import { NearestObjectStore } from '../../../../../src/runtime/objects/nearest-object-store.js';
import { newObjectId, newWorkerId, ObjectStoreLab, type StoreNode } from '../../../../support/object-store-lab.js';

const value = encodeValueInPlace(new Float64Array(20_000).fill(3));

describe('the nearest object store', () => {
  let lab: ObjectStoreLab;
  let nodes: StoreNode[];
  let store: NearestObjectStore;

  beforeEach(async () => {
    lab = new ObjectStoreLab();
    nodes = [await lab.startNode(), await lab.startNode()];
    // Of the head only what it says of nodes is asked: that all of them live.
    const views = () => nodes.map(({ location }) => ({ ...location, state: 'NODE_LIFE_STATE_ALIVE' }));
    const head = { call: async () => ({ nodes: views() }) } as unknown as HeadClient;
    store = new NearestObjectStore({ head, clusterId: lab.clusterId, credentials: lab.credentials });
  });

  afterEach(() => {
    store.close();
    lab.close();
  });

  /** @returns the node that has it. */
  async function put(): Promise<string> {
    const { locations } = await store.put(newObjectId(), newWorkerId(), value);
    return locations[0]!.nodeId;
  }
  const idOf = (index: number): string => nodes[index]!.location.nodeId;

  it('takes the node on this host', async () => {
    expect(await put()).toBe(idOf(0));
  });

  it('takes another node when that one is gone and the head does not know it yet', async () => {
    await put();
    nodes[0]!.stop();
    expect(await Promise.all([put(), put(), put()])).toEqual([idOf(1), idOf(1), idOf(1)]);
  });

  it('fails while no node can be reached, and takes one that has come since', async () => {
    for (const node of nodes) node.stop();
    await expect(put()).rejects.toMatchObject({ code: 'RAY_ACTOR_UNAVAILABLE' });
    nodes.push(await lab.startNode());
    expect(await put()).toBe(idOf(2));
  });
});
