/**
 * The one error family of ray-ts. Every error that crosses a public boundary is a {@link RayError} with a code from a
 * closed list; a subclass exists only where a caller would act differently. docs/errors.md lists the codes.
 */

export * from './actor-errors.js';
export * from './caller-errors.js';
export * from './cluster-errors.js';
export * from './create-ray-error.js';
export * from './engine-errors.js';
export * from './internal-error.js';
export * from './object-errors.js';
export * from './placement-errors.js';
export * from './ray-error.js';
export * from './task-errors.js';
export * from './timeout-errors.js';
export * from './to-error.js';
