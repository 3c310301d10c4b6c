import { GraphBuilder, int, type OnnxModel } from '../onnx/index.js';
import type { KvCacheShape } from './kv-cache.js';

/** Names of the values of the copy graphs, for tensor number `index` of the cache. */
export const cacheName = (index: number): string => `cache.${index}`;
export const stagedName = (index: number): string => `staged.${index}`;
export const updatedName = (index: number): string => `updated.${index}`;
export const SLOT = 'slot';
export const ROWS = 'rows';

const SLOTS_DIMS = ['slots', 'values'];
const ROWS_DIMS = ['rows', 'dims'];

function forEachTensor({ numLayers }: KvCacheShape, add: (index: number) => void): void {
  for (let index = 0; index < 2 * numLayers; index++) add(index);
}

/** Copies one slot of every tensor of the cache: float32 `cache.i` [slots, values] and int64 `slot` [1] to `staged.i` [1, values]. */
export function readSlotGraph(shape: KvCacheShape): OnnxModel {
  const graph = new GraphBuilder();
  graph.input(SLOT, 'int64', [1]);
  forEachTensor(shape, (index) => {
    graph.input(cacheName(index), 'float32', SLOTS_DIMS);
    graph.node('Gather', [cacheName(index), SLOT], { outputs: [stagedName(index)], attributes: { axis: int(0) } });
    graph.output(stagedName(index), 'float32', SLOTS_DIMS);
  });
  return graph.build();
}

/**
 * The way back, with the vectors of all heads and tokens as rows: `staged.i` [rowsOfSlot, dims] over the rows of `cache.i`
 * [rows, dims] that int64 `rows` [rowsOfSlot, 1] names. The device gives each index to one thread, so an index of the whole
 * slot would copy it on a single one. Bound to the same memory as `cache.i`, the output `updated.i` is written in place:
 * ScatterND copies its data only when the two differ.
 */
export function writeSlotGraph(shape: KvCacheShape): OnnxModel {
  const graph = new GraphBuilder();
  graph.input(ROWS, 'int64', ['rowsOfSlot', 1]);
  forEachTensor(shape, (index) => {
    graph.input(cacheName(index), 'float32', ROWS_DIMS);
    graph.input(stagedName(index), 'float32', ['rowsOfSlot', 'dims']);
    graph.node('ScatterND', [cacheName(index), ROWS, stagedName(index)], { outputs: [updatedName(index)] });
    graph.output(updatedName(index), 'float32', ROWS_DIMS);
  });
  return graph.build();
}
