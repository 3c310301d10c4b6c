import { z } from 'zod';
import { InvalidArgumentError, toError } from '../../core/index.js';

/**
 * How far graphs are optimized when a model loads. Our graphs are written with fused operators, so that little is left to
 * optimize; docs/performance.md has what the levels cost and bring.
 *
 * | level | ONNX Runtime's optimizations                                                                    |
 * |-------|-------------------------------------------------------------------------------------------------|
 * | 0     | none                                                                                            |
 * | 1     | basic: constant folding, nodes without effect                                                   |
 * | 2     | extended: also fusions for the CPU's kernels                                                    |
 * | 3     | all; the optimized graphs are kept in a folder, and later loads of the same model start with them |
 */
export type CompilationLevel = 0 | 1 | 2 | 3;

/** As vLLM's. Of a Llama's graphs 3 makes the same bytes as 2. */
export const DEFAULT_COMPILATION_LEVEL: CompilationLevel = 2;

/** What a user may write: a level, or vLLM's config of which the level is the only part (`mode`; formerly `level`). */
export type CompilationConfig =
  | CompilationLevel
  | { readonly level: CompilationLevel }
  | { readonly mode: CompilationLevel };

const level = z.literal([0, 1, 2, 3]);

/** Validates a {@link CompilationConfig} and reduces it to its level. Has no default. */
export const compilationLevelSchema = z
  .union([
    level,
    z.strictObject({ level }).transform((config): CompilationLevel => config.level),
    z.strictObject({ mode: level }).transform((config): CompilationLevel => config.mode),
  ])
  .describe('0, 1, 2 or 3, or {"mode": n} or {"level": n} with one of them');

/**
 * A flag's value: a level, or JSON as vLLM's `--compilation-config` takes it. What it may be is for
 * {@link compilationLevelSchema} to say.
 * @throws {InvalidArgumentError} when it is no JSON.
 */
export function parseCompilationFlag(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      `compilationConfig must be ${compilationLevelSchema.description}, got ${JSON.stringify(text)}: ${toError(cause).message}`,
      { cause },
    );
  }
}
