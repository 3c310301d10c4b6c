import { slotRingBytes } from '../../channel/slot-transfer.js';
import type { EngineConfig } from '../config/engine-config.js';
import { groupPlaceOf } from './group-links.js';
import type { BridgeSpec, GroupChannels, RingSpec } from './worker-config.js';

/** A tensor-parallel rank of one stage, placed. */
export interface GroupMember {
  /** Members with the same id share memory. */
  readonly hostId: string;
  /** host:port where the member's process takes bridges. */
  readonly rpcAddress: string;
  /** Where a segment of that name lies that the member owns. */
  pathOf(name: string): string;
}

/** What a rank needs to meet the others of its stage. */
export interface PlannedGroup {
  readonly group: GroupChannels | undefined;
  readonly rings: readonly RingSpec[];
  readonly exposed: readonly { readonly channelId: string; readonly path: string }[];
  readonly bridges: readonly BridgeSpec[];
}

const FLOAT_BYTES = 4;

/**
 * Plans one rank's part of its stage's group. A ring between hosts belongs to its reader; the writer's host has a ring of its
 * own, and a bridge carries one into the other. The reader opens it, because gRPC lets a server send megabytes at once and a
 * client only 64 KiB before it hears from the other side, which a link with a delay makes slow. With `disableCustomAllReduce` every rank counts as a host.
 * @param members by tensor rank.
 */
export function planGroup(config: EngineConfig, members: readonly GroupMember[], tensorRank: number): PlannedGroup {
  if (members.length === 1) return { group: undefined, rings: [], exposed: [], bridges: [] };
  const isShared = !config.parallel.disableCustomAllReduce;
  const hosts = members.map(({ hostId }, rank) => (isShared ? hostId : `${rank}`));
  const { localRanks, sendsTo, receivesFrom } = groupPlaceOf(hosts, tensorRank);
  const own = members[tensorRank]!;
  const outgoing = sendsTo.map((peer) => ({ ...peer, path: own.pathOf(channelTo(peer.rank)) }));
  const incoming = receivesFrom.map((peer) => ({ ...peer, path: own.pathOf(`sums-from-${peer.rank}`) }));
  const capacityBytes = slotRingBytes(largestSlotBytes(config));
  return {
    group: {
      path: members[localRanks[0]!]!.pathOf('group'),
      isCreator: localRanks[0] === tensorRank,
      numLocalRanks: localRanks.length,
      links: { rank: tensorRank, outgoing, incoming },
    },
    rings: [...outgoing, ...incoming].map(({ path }) => ({ path, capacityBytes })),
    exposed: outgoing.map(({ rank, path }) => ({ channelId: channelTo(rank), path })),
    bridges: incoming.map(({ rank, path }) => ({
      address: members[rank]!.rpcAddress,
      channelId: channelTo(tensorRank),
      localPath: path,
      direction: 'pull',
    })),
  };
}

const channelTo = (rank: number): string => `sums-to-${rank}`;

/** As `tensorParallelLayout` of the model worker sizes them. */
function largestSlotBytes({ args, model, parallel, scheduler }: EngineConfig): number {
  const numSlots = scheduler.numLanes * scheduler.slotsPerLane;
  const vocabularyWidth = Math.ceil(model.vocabSize / parallel.tensorParallelSize);
  return FLOAT_BYTES * Math.max(args.maxNumBatchedTokens * model.hiddenSize, numSlots * vocabularyWidth);
}
