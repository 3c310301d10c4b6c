import { view } from 'koffi';
import type { MemoryRegion, TensorParallelGroup, TensorParallelLayout } from '../../src/channel/index.js';

const FLOAT_BYTES = 4;
const BUFFERS = [0, 1] as const;

/** What a rank writes in a round: told by the value, and by a mark at the last place that is exchanged. */
const contentOf = (round: number, rank: number): number => 16 * round + rank;

const floatsOf = ({ address, byteLength }: MemoryRegion): Float32Array =>
  new Float32Array(view(address, byteLength - (byteLength % FLOAT_BYTES)));

const isFilled = (values: Float32Array, expected: number): boolean =>
  values[0] === expected && values.at(-1) === -expected && values.subarray(0, -1).every((value) => value === expected);

function fill(values: Float32Array, value: number): void {
  values.fill(value);
  values[values.length - 1] = -value;
}

/**
 * What ranks of a stage do with their group: write partial sums, exchange them and read those of all, in turns of the two
 * buffers and in several sizes; then logits, which rank 0 reads.
 */
export class GroupRounds {
  readonly #group: TensorParallelGroup;
  readonly #ranks: readonly number[];
  /** By buffer and rank. */
  readonly #sums: readonly Float32Array[][];
  readonly #logits: readonly Float32Array[];

  /** @param ranks those that this process plays. */
  constructor(group: TensorParallelGroup, { size }: TensorParallelLayout, ranks: readonly number[]) {
    this.#group = group;
    this.#ranks = ranks;
    const all = Array.from({ length: size }, (_, rank) => rank);
    this.#sums = BUFFERS.map((buffer) => all.map((rank) => floatsOf(group.partialSums(buffer, rank))));
    this.#logits = all.map((rank) => floatsOf(group.logits(rank)));
  }

  /** @returns how many slots did not hold what their rank wrote in the round. */
  run(numRounds: number): number {
    let numWrong = 0;
    for (let round = 0; round < numRounds; round++) {
      numWrong += this.#exchangeSums(round);
      if (round % 3 === 2) numWrong += this.#exchangeLogits(round);
    }
    return numWrong;
  }

  #exchangeSums(round: number): number {
    const buffer = BUFFERS[round % 2]!;
    const slots = this.#shortened(this.#sums[buffer]!, round);
    for (const rank of this.#ranks) fill(slots[rank]!, contentOf(round, rank));
    this.#group.exchangePartialSums(buffer, slots[0]!.byteLength);
    return this.#ranks.length * numWrongOf(slots, round);
  }

  #exchangeLogits(round: number): number {
    const slots = this.#shortened(this.#logits, round);
    // Rank 0 is through with the logits of the round before.
    this.#group.barrier();
    for (const rank of this.#ranks) fill(slots[rank]!, contentOf(round, rank));
    this.#group.exchangeLogits(slots[0]!.byteLength);
    return this.#ranks.includes(0) ? numWrongOf(slots, round) : 0;
  }

  /** All of the slots in one round, half of them in the next. */
  #shortened(slots: readonly Float32Array[], round: number): Float32Array[] {
    return slots.map((slot) => (round % 4 < 2 ? slot : slot.subarray(0, Math.ceil(slot.length / 2))));
  }
}

const numWrongOf = (slots: readonly Float32Array[], round: number): number =>
  slots.filter((slot, rank) => !isFilled(slot, contentOf(round, rank))).length;
