/** The part of a rank that computes: all-reduces round by round, and tells the time of each. It may block, as a worker's thread. */
import { view } from 'koffi';
import { joinTensorParallelGroup, type MemoryRegion } from '../../src/channel/index.js';
import type { CollectiveSpec, CollectiveTask } from './collective-spec.js';
import { RingAllReduce } from './ring-all-reduce.js';

const WARM_UP_ROUNDS = 5;

function addInto(sum: Float32Array, values: Float32Array): void {
  for (let index = 0; index < sum.length; index++) sum[index]! += values[index]!;
}

function createAllGather({ spec, groupPath, links }: CollectiveTask): (round: number) => void {
  const { layout, numBytes, spinMicroseconds } = spec;
  const group = joinTensorParallelGroup(groupPath, layout, links, { spinMicroseconds });
  const floats = ({ address }: MemoryRegion) => new Float32Array(view(address, numBytes));
  const slots = ([0, 1] as const).map((buffer) =>
    Array.from({ length: layout.size }, (_, rank) => floats(group.partialSums(buffer, rank))),
  );
  const sum = new Float32Array(numBytes / Float32Array.BYTES_PER_ELEMENT);
  return (round) => {
    const buffer = round % 2 === 0 ? 0 : 1;
    group.exchangePartialSums(buffer, numBytes);
    sum.fill(0);
    for (const values of slots[buffer]!) addInto(sum, values);
  };
}

function createRing({ spec, links }: CollectiveTask): () => void {
  const values = new Float32Array(spec.numBytes / Float32Array.BYTES_PER_ELEMENT).fill(1);
  const ring = new RingAllReduce(links, spec.hosts.length, spec.spinMicroseconds);
  return () => ring.reduce(values.fill(1), addInto);
}

function measure(run: (round: number) => void, { rounds }: CollectiveSpec): number[] {
  const times: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    const start = performance.now();
    run(round);
    if (round >= WARM_UP_ROUNDS) times.push((performance.now() - start) * 1000);
  }
  return times;
}

const data = JSON.parse(process.argv[2]!) as CollectiveTask;
const run = data.spec.algorithm === 'ring' ? createRing(data) : createAllGather(data);
process.send!(measure(run, data.spec));
process.disconnect();
