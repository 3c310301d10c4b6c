/** What is measured of a model on a subject. */
export type Cell =
  /** Milliseconds of a step that gives each of `batch` sequences one token. */
  | { readonly kind: 'decode'; readonly batch: number; readonly numSteps: number }
  /** Milliseconds of the prompts of one call, divided by their number. */
  | { readonly kind: 'prefill'; readonly numPrompts: number };

/** Tokens of every prompt: where decoding starts, and what a prefill computes. */
export const PROMPT_TOKENS = 256;

/** Sequences in a batch at most. */
export const MAX_BATCH = 8;

/** Tokens of a sequence that are generated before the clock starts. */
export const WARM_UP_STEPS = 8;

/** Longest sequence: what the caches of all subjects are laid out for. */
export const MAX_MODEL_LEN = 2048;

export const cellName = (cell: Cell): string => (cell.kind === 'decode' ? `decode, batch ${cell.batch}` : 'prefill');

/** One way to run a model, loaded; measured again and again, in turn with the others. */
export interface Subject {
  readonly name: string;
  /** @returns milliseconds, as the cell defines them. */
  measure(cell: Cell): Promise<number>;
  close(): Promise<void>;
}
