import { koffi } from './koffi.js';
import type { RingReader, RingWriter, WaitOptions } from './ring.js';
import { attachTensorParallelGroup, type TensorParallelGroupOptions } from './shared-memory-group.js';
import { attachRingReader, attachRingWriter } from './shared-memory-ring.js';
import { type SlotLink, transferSlots } from './slot-transfer.js';
import type { MemoryRegion, TensorParallelGroup, TensorParallelLayout } from './tensor-parallel-group.js';

/** A ring to or from a rank of the stage that does not share memory with this one. */
export interface GroupLink {
  /** This rank's end of the ring. */
  readonly path: string;
  /** The other rank, in the stage. */
  readonly rank: number;
  /** Whether logits take this way too: they do towards rank 0's host. */
  readonly carriesLogits: boolean;
}

/** The part of one rank in a group that spans hosts. */
export interface GroupLinks {
  readonly rank: number;
  /** One per other host: the rank of it that takes this rank's slot in. */
  readonly outgoing: readonly GroupLink[];
  /** One per rank elsewhere whose slot this rank takes in, for all ranks that share its memory. */
  readonly incoming: readonly GroupLink[];
}

/** Tags of the frames: what a slot holds. */
const slotTag = { partialSums0: 0, partialSums1: 1, logits: 2 } as const;

/** Every byte of one kind of slot, by link. */
interface SlotKind {
  readonly tag: number;
  readonly outgoing: readonly SlotLink<RingWriter>[];
  readonly incoming: readonly SlotLink<RingReader>[];
}

/**
 * A group whose ranks are on several hosts. Each host has a segment with slots for all ranks; its own ranks write theirs in
 * place. For every rank elsewhere one rank of the host, the counterpart, copies what a ring brings into that rank's slot,
 * before it comes to the host's barrier.
 *
 * **Why a slot is not overwritten while it is read.** A counterpart copies at the place where its own cut has just been
 * computed: between barrier k-1 and barrier k of its host, into the buffer that cut k writes. That is when and where the
 * host's own ranks write their slots of cut k, so what makes those safe (see {@link TensorParallelGroup}) makes the copies
 * safe: all ranks of the host left barrier k-1, so none still reads the buffer's older sums. Sums that arrive early, from a
 * host that is ahead, wait in their ring. The same goes for logits, which the host of rank 0 copies between two barriers.
 */
class SpanningTensorParallelGroup implements TensorParallelGroup {
  readonly size: number;
  readonly #host: TensorParallelGroup;
  readonly #partialSums: readonly [SlotKind, SlotKind];
  readonly #logits: SlotKind;
  readonly #wait: WaitOptions;
  readonly #rings: readonly { close(): void }[];

  constructor(host: TensorParallelGroup, links: GroupLinks, options: TensorParallelGroupOptions) {
    this.size = host.size;
    this.#host = host;
    this.#wait = options.isAborted ? { isAborted: options.isAborted } : {};
    const outgoing = links.outgoing.map((link) => ({ ...link, ring: attachRingWriter(link.path, options) }));
    const incoming = links.incoming.map((link) => ({ ...link, ring: attachRingReader(link.path, options) }));
    this.#rings = [...outgoing, ...incoming].map(({ ring }) => ring);
    const kindOf = (tag: number, slotOf: (rank: number) => MemoryRegion): SlotKind => {
      const isUsed = ({ carriesLogits }: GroupLink): boolean => tag !== slotTag.logits || carriesLogits;
      return {
        tag,
        outgoing: outgoing.filter(isUsed).map(({ ring }) => ({ ring, bytes: bytesOf(slotOf(links.rank)) })),
        incoming: incoming.filter(isUsed).map(({ ring, rank }) => ({ ring, bytes: bytesOf(slotOf(rank)) })),
      };
    };
    this.#partialSums = [
      kindOf(slotTag.partialSums0, (rank) => host.partialSums(0, rank)),
      kindOf(slotTag.partialSums1, (rank) => host.partialSums(1, rank)),
    ];
    this.#logits = kindOf(slotTag.logits, (rank) => host.logits(rank));
  }

  partialSums(buffer: 0 | 1, rank: number): MemoryRegion {
    return this.#host.partialSums(buffer, rank);
  }

  logits(rank: number): MemoryRegion {
    return this.#host.logits(rank);
  }

  exchangePartialSums(buffer: 0 | 1, numBytes: number): void {
    this.#transfer(this.#partialSums[buffer], numBytes);
    this.#host.exchangePartialSums(buffer, numBytes);
  }

  exchangeLogits(numBytes: number): void {
    this.#transfer(this.#logits, numBytes);
    this.#host.exchangeLogits(numBytes);
  }

  barrier(): void {
    this.#host.barrier();
  }

  close(): void {
    this.#host.close();
    for (const ring of this.#rings) ring.close();
  }

  /** A failure ends the group, so that no rank of this host or another waits for this one. */
  #transfer({ tag, outgoing, incoming }: SlotKind, numBytes: number): void {
    try {
      transferSlots(outgoing.map(firstBytes(numBytes)), incoming.map(firstBytes(numBytes)), numBytes, tag, this.#wait);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

const firstBytes =
  (numBytes: number) =>
  <Ring>({ ring, bytes }: SlotLink<Ring>): SlotLink<Ring> => ({ ring, bytes: bytes.subarray(0, numBytes) });

/** The group keeps the region's segment mapped. */
const bytesOf = ({ address, byteLength }: MemoryRegion): Uint8Array =>
  new Uint8Array(koffi().view(address, byteLength));

/**
 * Joins a stage's group: the segment of this host at `path`, and the rings to ranks elsewhere, if there are any.
 * @throws what `attachTensorParallelGroup`, `attachRingReader` and `attachRingWriter` throw.
 */
export function joinTensorParallelGroup(
  path: string,
  layout: TensorParallelLayout,
  links: GroupLinks,
  options: TensorParallelGroupOptions = {},
): TensorParallelGroup {
  const host = attachTensorParallelGroup(path, layout, options);
  if (links.outgoing.length === 0 && links.incoming.length === 0) return host;
  return new SpanningTensorParallelGroup(host, links, options);
}
