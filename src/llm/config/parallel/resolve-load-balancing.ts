import { InvalidArgumentError } from '../../../core/index.js';
import type { ResolvedParallelArgs } from './parallel-args.js';
import type { ParallelEnvironment } from './parallel-environment.js';

/** Who shares out requests: the front end of all copies, a front end for each node's, or the sender. */
export interface LoadBalancing {
  readonly mode: 'internal' | 'hybrid' | 'external';
  readonly sizeLocal: number;
  /** The first copy of this node. */
  readonly rank: number;
}

interface Copies {
  readonly size: number;
  /** Ranks of one. */
  readonly worldSize: number;
  readonly environment: ParallelEnvironment;
}

interface NodeShare {
  /** The copy that this node's first rank belongs to. */
  readonly rank: number;
  /** At least 1: a copy may span nodes. */
  readonly sizeLocal: number;
}

function checkNodes(args: ResolvedParallelArgs, { size, worldSize }: Copies): void {
  const { nnodes, nodeRank } = args;
  const numRanks = worldSize * size;
  requireSize(nodeRank < nnodes, `nodeRank (${nodeRank}) must be less than nnodes (${nnodes}).`);
  if (nnodes === 1) return;
  requireSize(args.dataParallelBackend === 'mp', "nnodes > 1 is only supported with dataParallelBackend 'mp'.");
  const product = 'tensorParallelSize × pipelineParallelSize × dataParallelSize';
  requireSize(
    numRanks % nnodes === 0,
    `The world size ${numRanks} (${product}) must be divisible by nnodes (${nnodes}).`,
  );
  const ranksPerNode = numRanks / nnodes;
  requireSize(
    ranksPerNode % worldSize === 0 || worldSize % ranksPerNode === 0,
    `With ${ranksPerNode} ranks on each of ${nnodes} nodes, a copy of the engine with ${worldSize} ranks would share a node with a part of another. Choose nnodes so that it divides dataParallelSize, or is a multiple of it.`,
  );
}

/** With several nodes, each has the same number of ranks. */
function shareOfNode({ nnodes, nodeRank }: ResolvedParallelArgs, { size, worldSize }: Copies): NodeShare | undefined {
  if (nnodes === 1) return undefined;
  const ranksPerNode = (worldSize * size) / nnodes;
  return {
    rank: Math.floor((nodeRank * ranksPerNode) / worldSize),
    sizeLocal: Math.max(Math.floor(ranksPerNode / worldSize), 1),
  };
}

function requireSize(isMet: boolean, message: string): void {
  if (!isMet) throw new InvalidArgumentError(message);
}

function checkExclusive(args: ResolvedParallelArgs, { size }: Copies): void {
  const isExternal = args.dataParallelExternalLb || args.dataParallelRank !== undefined;
  requireSize(
    !(args.headless && args.dataParallelHybridLb),
    'dataParallelHybridLb is not applicable in headless mode: a headless node takes no requests.',
  );
  requireSize(
    !(args.dataParallelHybridLb && isExternal),
    'dataParallelHybridLb can not be combined with dataParallelExternalLb or dataParallelRank: choose one of them.',
  );
  requireSize(
    !isExternal || size > 1,
    `${args.dataParallelExternalLb ? 'dataParallelExternalLb' : 'dataParallelRank'} can only be set when dataParallelSize > 1.`,
  );
  requireSize(
    !(args.headless && args.dataParallelSizeLocal === 0),
    'dataParallelSizeLocal must be > 0 in headless mode: the node would have nothing to do.',
  );
}

function externalBalancing(args: ResolvedParallelArgs, node: NodeShare | undefined): LoadBalancing {
  requireSize(
    (args.dataParallelSizeLocal ?? 1) === 1,
    `dataParallelSizeLocal (${args.dataParallelSizeLocal}) must be 1 with external load balancing: every copy has a front end of its own.`,
  );
  const rank = args.dataParallelRank ?? args.dataParallelStartRank ?? node?.rank;
  if (rank === undefined) {
    throw new InvalidArgumentError(
      'dataParallelRank must be given with dataParallelExternalLb: which copy is this one?',
    );
  }
  return { mode: 'external', sizeLocal: 1, rank };
}

function wantsHybrid({ dataParallelHybridLb, dataParallelStartRank, headless }: ResolvedParallelArgs): boolean {
  // vLLM takes start rank 0 for none, so that the first node of several needed a flag more than the others.
  return dataParallelHybridLb || (dataParallelStartRank !== undefined && !headless);
}

function sharedBalancing(
  args: ResolvedParallelArgs,
  sizeLocal: number,
  rank: number,
  { size }: Copies,
  warn: (line: string) => void,
): LoadBalancing {
  requireSize(sizeLocal <= size, `dataParallelSizeLocal (${sizeLocal}) must be <= dataParallelSize (${size}).`);
  requireSize(
    rank + sizeLocal <= size,
    `dataParallelStartRank (${rank}) + dataParallelSizeLocal (${sizeLocal}) must be <= dataParallelSize (${size}).`,
  );
  if (!wantsHybrid(args) || sizeLocal === size) return { mode: 'internal', sizeLocal, rank };
  if (sizeLocal !== 1) return { mode: 'hybrid', sizeLocal, rank };
  warn('Hybrid load balancing of one copy per node is external load balancing, which is used instead.');
  return { mode: 'external', sizeLocal, rank };
}

/**
 * Decides which copies this node has and who balances them, by vLLM's rules.
 * @param warn is called with what was decided against the words of the arguments.
 * @throws {InvalidArgumentError} for arguments that contradict each other.
 */
export function resolveLoadBalancing(
  args: ResolvedParallelArgs,
  copies: Copies,
  warn: (line: string) => void,
): LoadBalancing {
  checkExclusive(args, copies);
  checkNodes(args, copies);
  const node = shareOfNode(args, copies);
  if (args.dataParallelExternalLb || args.dataParallelRank !== undefined) return externalBalancing(args, node);
  const sizeLocal = args.dataParallelSizeLocal ?? (copies.size > 1 ? node?.sizeLocal : undefined);
  if (sizeLocal !== undefined) {
    const rank = args.dataParallelStartRank ?? (sizeLocal === 0 ? 0 : (node?.rank ?? 0));
    return sharedBalancing(args, sizeLocal, rank, copies, warn);
  }
  requireSize(
    !args.dataParallelHybridLb && args.dataParallelStartRank === undefined,
    `${args.dataParallelHybridLb ? 'dataParallelHybridLb' : 'dataParallelStartRank'} needs dataParallelSizeLocal: how many of the copies are on this node?`,
  );
  const isSpread = args.dataParallelBackend === 'ray' && copies.environment.rayDataParallelPackStrategy === 'span';
  return { mode: 'internal', sizeLocal: isSpread ? 1 : copies.size, rank: 0 };
}
