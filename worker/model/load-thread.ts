/** A thread that loads cuts of a shard beside others: reading, converting and packing weights each take one core. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../../src/core/index.js';
import { toErrorRecord } from '../../src/llm/engine/error-record.js';
import { type LoadThreadData, type LoadThreadMessage, loadCutsOfTurn } from './runner/index.js';

async function main(port: MessagePort, data: LoadThreadData): Promise<void> {
  const post = (message: LoadThreadMessage): void => port.postMessage(message);
  try {
    await loadCutsOfTurn(data, post);
  } catch (error) {
    post({ kind: 'failed', error: toErrorRecord(error) });
  }
}

invariant(parentPort !== null, 'cuts are loaded in a thread');
await main(parentPort, workerData as LoadThreadData);
