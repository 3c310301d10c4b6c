import type { ModelConfig } from '../../src/llm/config/model-config.js';
import type { Cell } from './cell.js';

/** To a process that runs a rank of a bare model. */
export type BareCommand =
  | { readonly kind: 'load'; readonly spec: BareRankSpec }
  | { readonly kind: 'measure'; readonly cell: Cell };

export interface BareRankSpec {
  readonly model: ModelConfig;
  readonly hasWeights: boolean;
  readonly rank: number;
  readonly size: number;
  /** Shared memory where the ranks meet; undefined for a single one. */
  readonly groupPath: string | undefined;
}

/** From it, once per command. */
export type BareAnswer = { readonly kind: 'loaded' } | { readonly kind: 'measured'; readonly ms: number };
