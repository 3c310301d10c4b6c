import type { RingReader, RingWriter, TensorParallelGroup } from '../../src/channel/index.js';
import type { ComputePhase, ComputeProgress } from '../../src/llm/executor/find-hang.js';

const PHASES: readonly ComputePhase[] = ['idle', 'computing', 'waiting'];
const PHASE = 0;
const COUNT = 1;

/** int32 [2] in memory that a rank's threads share: what the compute thread is at, and how often that changed. */
export const createProgressWords = (): Int32Array =>
  new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));

/** Read by another thread of the process. */
export function readProgress(words: Int32Array): ComputeProgress {
  const { user, system } = process.cpuUsage();
  return {
    phase: PHASES[Atomics.load(words, PHASE)]!,
    count: Atomics.load(words, COUNT),
    cpuMs: (user + system) / 1000,
  };
}

function enter(words: Int32Array, phase: ComputePhase): void {
  Atomics.store(words, PHASE, PHASES.indexOf(phase));
  Atomics.add(words, COUNT, 1);
}

/** Tells that the thread waits while it does, and that it computes again afterwards. */
function during<Result>(words: Int32Array, phase: ComputePhase, wait: () => Result): Result {
  enter(words, phase);
  const result = wait();
  enter(words, 'computing');
  return result;
}

/** @param phase of the thread while it waits for a frame: `idle` for plans, `waiting` for what other ranks send. */
export const watchedReader = (reader: RingReader, words: Int32Array, phase: 'idle' | 'waiting'): RingReader => ({
  read: (wait) => during(words, phase, () => reader.read(wait)),
  close: () => reader.close(),
});

export const watchedWriter = (writer: RingWriter, words: Int32Array): RingWriter => ({
  write: (frame, wait) => during(words, 'waiting', () => writer.write(frame, wait)),
  close: () => writer.close(),
});

export const watchedGroup = (group: TensorParallelGroup, words: Int32Array): TensorParallelGroup => ({
  size: group.size,
  partialSums: (buffer, rank) => group.partialSums(buffer, rank),
  logits: (rank) => group.logits(rank),
  exchangePartialSums: (buffer, numBytes) =>
    during(words, 'waiting', () => group.exchangePartialSums(buffer, numBytes)),
  exchangeLogits: (numBytes) => during(words, 'waiting', () => group.exchangeLogits(numBytes)),
  barrier: () => during(words, 'waiting', () => group.barrier()),
  close: () => group.close(),
});
