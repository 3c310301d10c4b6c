import {
  attachAsyncRingReader,
  attachAsyncRingWriter,
  createRing,
  createTensorParallelGroup,
  type FrameStream,
  type GroupLinks,
  pumpRingToStream,
  pumpStreamToRing,
  removeRing,
  removeTensorParallelGroup,
  slotRingBytes,
  type TensorParallelLayout,
} from '../../src/channel/index.js';
import { groupPlaceOf } from '../../src/llm/executor/group-links.js';
import { forkRingPeer, killRingPeers, type RingPeer } from './fork-ring-peer.js';
import { createMemoryStreamPair } from './frame-streams.js';
import { uniqueSharedMemoryPath } from './shared-memory-path.js';

/**
 * The ranks of a stage, a process each, on hosts that are played: those of one host share a segment, and this process
 * carries what goes from host to host.
 */
export class GroupLab {
  readonly #base = uniqueSharedMemoryPath();
  readonly #rings: string[] = [];
  readonly #streams: FrameStream[] = [];
  readonly #segments: string[] = [];
  readonly #pumps: Promise<void>[] = [];
  readonly #hosts: readonly string[];
  readonly #layout: TensorParallelLayout;

  /** @param hosts of each rank: "aab". */
  constructor(hosts: string, layout: TensorParallelLayout) {
    this.#hosts = [...hosts];
    this.#layout = layout;
  }

  /** Starts the ranks; they run when all are attached. */
  async start(numRounds: number, spinMicroseconds = 0): Promise<RingPeer[]> {
    for (const host of new Set(this.#hosts)) this.#createSegment(host);
    for (const rank of this.#hosts.keys()) this.#createLinks(rank);
    for (const rank of this.#hosts.keys()) this.#connectLinks(rank);
    return Promise.all(
      this.#hosts.map((host, rank) =>
        forkRingPeer('meet', {
          path: this.#segmentOf(host),
          layout: this.#layout,
          links: this.#linksOf(rank),
          rounds: numRounds,
          spinMicroseconds,
        }),
      ),
    );
  }

  /** The network between the hosts fails. */
  breakNetwork(): void {
    for (const stream of this.#streams) stream.close(new Error('the network failed'));
  }

  async close(): Promise<void> {
    killRingPeers();
    for (const stream of this.#streams) stream.close();
    await Promise.allSettled(this.#pumps);
    for (const path of this.#rings) removeRing(path);
    for (const path of this.#segments) removeTensorParallelGroup(path);
  }

  #createSegment(host: string): void {
    const numLocalRanks = this.#hosts.filter((other) => other === host).length;
    this.#segments.push(this.#segmentOf(host));
    createTensorParallelGroup(this.#segmentOf(host), this.#layout, { numLocalRanks });
  }

  #createLinks(rank: number): void {
    const { outgoing, incoming } = this.#linksOf(rank);
    const capacityBytes = slotRingBytes(Math.max(this.#layout.partialSumBytes, this.#layout.logitsBytes));
    for (const { path } of [...outgoing, ...incoming]) {
      createRing(path, { capacityBytes });
      this.#rings.push(path);
    }
  }

  #connectLinks(rank: number): void {
    for (const { path, rank: peer } of this.#linksOf(rank).outgoing) {
      const [near, far] = createMemoryStreamPair();
      this.#streams.push(near, far);
      const pumps = [
        pumpRingToStream(attachAsyncRingReader(path), near),
        pumpStreamToRing(far, attachAsyncRingWriter(this.#incomingPath(rank, peer))),
      ];
      // They end with an error where a test breaks the network.
      for (const pump of pumps) this.#pumps.push(pump.catch(() => undefined));
    }
  }

  #linksOf(rank: number): GroupLinks {
    const { sendsTo, receivesFrom } = groupPlaceOf(this.#hosts, rank);
    const outgoing = sendsTo.map((peer) => ({ ...peer, path: `${this.#base}-out-${rank}-${peer.rank}` }));
    const incoming = receivesFrom.map((peer) => ({ ...peer, path: this.#incomingPath(peer.rank, rank) }));
    return { rank, outgoing, incoming };
  }

  #segmentOf(host: string): string {
    return `${this.#base}-group-${host}`;
  }

  #incomingPath(from: number, to: number): string {
    return `${this.#base}-in-${from}-${to}`;
  }
}
