import { createHash } from 'node:crypto';

/** Changes with what is done to graphs before they are kept. */
const FORMAT = 1;

/** What an optimized graph depends on besides the graph. */
export interface OptimizerIdentity {
  readonly ortVersion: string;
  readonly arch: string;
  /** The processor's model and instruction sets: kernels, and so fusions, are chosen by them. */
  readonly cpu: string;
}

/**
 * Name of a graph that is kept, 64 hexadecimal digits. The graph's bytes say everything of the model, its configuration, its
 * quantization and its split over ranks that optimizing depends on; large weights lie outside of it and don't count.
 */
export function graphKey(graph: Uint8Array, { ortVersion, arch, cpu }: OptimizerIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, ortVersion, arch, cpu]))
    .update(graph)
    .digest('hex');
}
