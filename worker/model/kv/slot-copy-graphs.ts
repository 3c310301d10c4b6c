import { GraphBuilder, int, type OnnxModel } from '../onnx/index.js';
import type { KvCacheShape } from './kv-cache.js';

/** Names of the values of the copy graphs, for tensor number `index` of the cache. */
export const cacheName = (index: number): string => `cache.${index}`;
export const stagedName = (index: number): string => `staged.${index}`;
export const updatedName = (index: number): string => `updated.${index}`;
export const SLOT = 'slot';

const CACHE_DIMS = ['slots', 'heads', 'tokens', 'dims'];

function forEachTensor({ numLayers }: KvCacheShape, add: (index: number) => void): void {
  for (let index = 0; index < 2 * numLayers; index++) add(index);
}

/** Copies one slot of every tensor of the cache: float32 `cache.i` [slots, ..] and int64 `slot` [1] to `staged.i` [1, ..]. */
export function readSlotGraph(shape: KvCacheShape): OnnxModel {
  const graph = new GraphBuilder();
  graph.input(SLOT, 'int64', [1]);
  forEachTensor(shape, (index) => {
    graph.input(cacheName(index), 'float32', CACHE_DIMS);
    graph.node('Gather', [cacheName(index), SLOT], { outputs: [stagedName(index)], attributes: { axis: int(0) } });
    graph.output(stagedName(index), 'float32', CACHE_DIMS);
  });
  return graph.build();
}

/**
 * The way back: `staged.i` [1, ..] over the slot of `cache.i` that int64 `slot` [1, 1] names. Bound to the same memory as
 * `cache.i`, the output `updated.i` is written in place: ScatterND copies its data only when the two differ.
 */
export function writeSlotGraph(shape: KvCacheShape): OnnxModel {
  const graph = new GraphBuilder();
  graph.input(SLOT, 'int64', [1, 1]);
  forEachTensor(shape, (index) => {
    graph.input(cacheName(index), 'float32', CACHE_DIMS);
    graph.input(stagedName(index), 'float32', CACHE_DIMS);
    graph.node('ScatterND', [cacheName(index), SLOT, stagedName(index)], { outputs: [updatedName(index)] });
    graph.output(updatedName(index), 'float32', CACHE_DIMS);
  });
  return graph.build();
}
