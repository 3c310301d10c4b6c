/**
 * The entry of a rank that is a child of its engine's process: it answers the calls that come over its IPC channel, and ends
 * with everything that it started when the channel does.
 * Usage: node rank-process.js CLUSTER_ID OWNER_ID RANK
 */
import { removeSegments } from '../../src/channel/segment-path.js';
import { InvalidArgumentError, toError } from '../../src/core/index.js';
import { toErrorRecord } from '../../src/llm/engine/error-record.js';
import type { RankAnswer, RankCall } from '../../src/llm/executor/mp/rank-messages.js';
import { LLMWorker } from './llm-worker.js';

const METHODS = [
  'describe',
  'prepare',
  'load',
  'loadProgress',
  'computeProgress',
  'sealChannels',
  'run',
  'callMethod',
] as const;

const [clusterId = '', ownerId = '', rank = ''] = process.argv.slice(2);
const worker = new LLMWorker();

function post(answer: RankAnswer): void {
  // The error of an engine that is gone goes to the callback; its disconnection is what is acted on.
  process.send?.(answer, undefined, undefined, () => undefined);
}

async function call({ method, args }: RankCall): Promise<unknown> {
  const known = METHODS.find((name) => name === method);
  if (known === undefined) throw new InvalidArgumentError(`A rank has no method ${method}.`);
  return await (worker[known] as (...args: readonly unknown[]) => unknown).apply(worker, [...args]);
}

process.title = `ray-ts: rank ${rank}`;
process.on('message', (message: RankCall) => {
  const { callId } = message;
  call(message).then(
    (value) => post({ callId, kind: 'result', value }),
    (error: unknown) => post({ callId, kind: 'error', error: toErrorRecord(error) }),
  );
});
process.on('disconnect', () => {
  removeSegments(clusterId, ownerId);
  process.kill(-process.pid, 'SIGKILL');
});
process.on('unhandledRejection', (reason) => process.stderr.write(`${toError(reason).stack}\n`));
