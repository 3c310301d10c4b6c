import type { ObjectRecord } from './object-record.js';
import { type RoomState, usedBytes } from './plan-room.js';

const NUM_HOLDERS = 3;

/** What a full store says to whoever asked for `size` bytes: who holds it and what helps. */
export function describeFullStore(
  state: RoomState,
  size: number,
  nodeId: string,
  spillProblem: string | undefined,
): string {
  const used = usedBytes(state);
  return [
    `An object of ${formatBytes(size)} does not fit the object store of node ${nodeId}: ${formatBytes(used)} of ${formatBytes(state.capacity)} are used`,
    state.retiredBytes > 0
      ? `, ${formatBytes(state.retiredBytes)} of them by freed objects that processes still map`
      : '',
    `. ${describeHolders(state.records)}`,
    spillProblem === undefined ? '' : ` Objects can't be spilled: ${spillProblem}`,
    ' Let go of refs and of arrays read from the store, or start the node with a larger --object-store-memory; in a container /dev/shm may need more room too: docker run --shm-size=8g.',
  ].join('');
}

function describeHolders(records: Iterable<ObjectRecord>): string {
  const byOwner = new Map<string, { bytes: number; count: number }>();
  for (const { ownerWorkerId, file } of records) {
    const held = byOwner.get(ownerWorkerId) ?? { bytes: 0, count: 0 };
    byOwner.set(ownerWorkerId, { bytes: held.bytes + (file?.byteLength ?? 0), count: held.count + 1 });
  }
  const most = [...byOwner].sort(([, left], [, right]) => right.bytes - left.bytes).slice(0, NUM_HOLDERS);
  if (most.length === 0) return 'It holds no objects.';
  const parts = most.map(
    ([id, { bytes, count }]) => `worker ${id} (${count} objects, ${formatBytes(bytes)} in memory)`,
  );
  return `Most is owned by ${parts.join(', ')}.`;
}

function formatBytes(bytes: number): string {
  return bytes < 1e6
    ? `${bytes} bytes`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;
}
