import { connectRemoteRing, createRing, removeRing, segmentPath } from '../channel/index.js';
import { type Credentials, DeadlineExceededError, sleep } from '../core/index.js';
import { CollectiveGroup } from './collective-group.js';
import { type GroupMember, isComplete, parseMember, withRingFor } from './group-member.js';
import type { PeerRings } from './peer-links.js';
import { RingLinks } from './ring-links.js';

/** Room for a few pieces on their way; touched memory only is used. */
const RING_BYTES = 1024 * 1024;
const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 200;

/** The process that joins, as far as a group has to do with it. */
export interface GroupHost {
  readonly clusterId: string;
  readonly actorId: string;
  readonly workerId: string;
  readonly hostId: string;
  /** host:port of its WorkerService. */
  readonly rpcAddress: string;
  readonly credentials: Credentials;
  exposeChannel(channelId: string, path: string): void;
  /** A table that all members see. */
  putKey(key: string, value: string): Promise<void>;
  getKey(key: string): Promise<string | undefined>;
  deleteKey(key: string): Promise<void>;
}

export interface GroupPlace {
  readonly name: string;
  readonly rank: number;
  readonly worldSize: number;
  /** For meeting the others, and for each operation. */
  readonly timeoutMs: number;
}

/** A group that this process is a member of. */
export interface JoinedGroup {
  readonly group: CollectiveGroup;
  /** The actors of the other ranks. */
  readonly peerActorIds: readonly string[];
  /** Leaves: the others' operations fail from now on. */
  leave(): Promise<void>;
}

/**
 * Meets the other ranks through the table, and connects to each by a ring in each direction, bridged where it is on another
 * host. Entries that an earlier group of the same name left behind are told by the process that wrote them: a member goes on
 * only when every other one has made a ring for this very process.
 *
 * @throws {DeadlineExceededError} naming the ranks that did not come in time.
 */
export async function joinGroup(place: GroupPlace, host: GroupHost): Promise<JoinedGroup> {
  const meeting = new Meeting(place, host);
  try {
    const members = await meeting.complete();
    const rings = new Map(members.map((peer) => [peer.rank, meeting.ringsWith(peer)]));
    const { name, rank, worldSize, timeoutMs } = place;
    const group = new CollectiveGroup({ name, rank, worldSize, timeoutMs, links: new RingLinks(rank, rings) });
    await group.barrier();
    return {
      group,
      peerActorIds: members.map((peer) => peer.actorId),
      leave: () => host.deleteKey(keyOf(place, rank)),
    };
  } finally {
    // Both ends are attached by now, or never will be.
    meeting.removeRings();
  }
}

const keyOf = ({ name }: GroupPlace, rank: number): string => `${name}/${rank}`;

class Meeting {
  readonly #place: GroupPlace;
  readonly #host: GroupHost;
  readonly #paths: string[] = [];
  #self: GroupMember;

  constructor(place: GroupPlace, host: GroupHost) {
    this.#place = place;
    this.#host = host;
    const { workerId, actorId, hostId, rpcAddress } = host;
    this.#self = { rank: place.rank, workerId, actorId, hostId, rpcAddress, ringsFor: {} };
  }

  /** The other members, once everybody has a ring for everybody. */
  async complete(): Promise<readonly GroupMember[]> {
    const deadline = performance.now() + this.#place.timeoutMs;
    await this.#publish();
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, LONGEST_POLL_MS)) {
      const peers = await this.#readPeers();
      await this.#makeRings(peers);
      if (isComplete(this.#self, peers, this.#place.worldSize)) return peers;
      if (performance.now() > deadline) throw this.#tooLate(peers);
      await sleep(pollMs);
    }
  }

  ringsWith(peer: GroupMember): PeerRings {
    return { incomingPath: this.#incomingPath(peer), openOutgoing: () => this.#openOutgoing(peer) };
  }

  removeRings(): void {
    for (const path of this.#paths) removeRing(path);
  }

  async #readPeers(): Promise<GroupMember[]> {
    const { rank, worldSize } = this.#place;
    const ranks = Array.from({ length: worldSize }, (_, peer) => peer).filter((peer) => peer !== rank);
    const texts = await Promise.all(ranks.map((peer) => this.#host.getKey(keyOf(this.#place, peer))));
    return texts.flatMap((text, index) => parseMember(text, ranks[index]!));
  }

  async #makeRings(peers: readonly GroupMember[]): Promise<void> {
    const before = this.#self;
    for (const peer of peers) {
      if (this.#self.ringsFor[peer.rank] === peer.workerId) continue;
      const path = this.#incomingPath(peer);
      createRing(path, { capacityBytes: RING_BYTES });
      this.#paths.push(path);
      this.#host.exposeChannel(channelId(this.#place, peer, this.#self), path);
      this.#self = withRingFor(this.#self, peer);
    }
    if (this.#self !== before) await this.#publish();
  }

  /** A peer of this host writes into this process's ring; for one of another host the bridge does. */
  #openOutgoing(peer: GroupMember): string {
    const { clusterId, hostId, credentials } = this.#host;
    const ringName = channelId(this.#place, this.#self, peer);
    if (peer.hostId === hostId) return segmentPath(clusterId, peer.actorId, ringName);
    const localPath = segmentPath(clusterId, this.#host.actorId, `${ringName}-out`);
    createRing(localPath, { capacityBytes: RING_BYTES });
    this.#paths.push(localPath);
    const ring = { address: peer.rpcAddress, credentials, channelId: ringName, localPath, direction: 'push' } as const;
    // A bridge that breaks closes its ring: the operation that uses it fails.
    connectRemoteRing(ring).catch(() => undefined);
    return localPath;
  }

  #incomingPath(peer: GroupMember): string {
    return segmentPath(this.#host.clusterId, this.#host.actorId, channelId(this.#place, peer, this.#self));
  }

  #publish(): Promise<void> {
    return this.#host.putKey(keyOf(this.#place, this.#place.rank), JSON.stringify(this.#self));
  }

  #tooLate(peers: readonly GroupMember[]): DeadlineExceededError {
    const { name, worldSize, rank, timeoutMs } = this.#place;
    const here = new Set([
      rank,
      ...peers.filter((peer) => peer.ringsFor[rank] === this.#self.workerId).map((p) => p.rank),
    ]);
    const missing = Array.from({ length: worldSize }, (_, peer) => peer).filter((peer) => !here.has(peer));
    return new DeadlineExceededError(
      `Rank ${rank} of collective group ${name} waited ${timeoutMs} ms for ranks ${missing.join(', ')} of ${worldSize}. ` +
        'Every rank must join, with the same group name and world size.',
      { details: { group: name, rank, missing: missing.join(',') } },
    );
  }
}

/** The two processes that the ring is between are part of its name: one of an earlier group is another ring. */
const channelId = ({ name }: GroupPlace, from: GroupMember, to: GroupMember): string =>
  `collective-${Buffer.from(name).toString('hex').slice(0, 32)}-${from.workerId}-${to.workerId}`;
