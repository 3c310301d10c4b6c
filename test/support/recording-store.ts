import type { StoreMutation } from '../../head/store/head-store.js';
import { MemoryHeadStore } from '../../head/store/memory-head-store.js';
import { StoreUnavailableError } from '../../src/core/index.js';

/** A memory store that notes what is written, and that can be away. */
export class RecordingStore extends MemoryHeadStore {
  state: 'away' | 'there' = 'there';
  note: (line: string) => void = () => undefined;

  override async commit(epoch: number, mutations: readonly StoreMutation[]): Promise<void> {
    if (this.state === 'away') throw new StoreUnavailableError('The store is away.');
    await super.commit(epoch, mutations);
    for (const mutation of mutations) this.note(`store: ${mutation.id} ${describeMutation(mutation)}`);
  }
}

function describeMutation(mutation: StoreMutation): string {
  if (mutation.kind === 'delete') return 'deleted';
  const { state, nodeId } = JSON.parse(Buffer.from(mutation.record).toString()) as { state: string; nodeId?: string };
  return mutation.table === 'actors' && nodeId ? `${state} on ${nodeId}` : state;
}
