/**
 * The vocabulary that every part of ray-ts shares: ids, resources, errors, time, state machines, logging. It does no
 * I/O and knows no other folder.
 */

export * from './built-module.js';
export * from './clock.js';
export * from './credentials.js';
export * from './deferred.js';
export * from './errors/index.js';
export * from './gpu-allocation.js';
export * from './host-and-port.js';
export * from './ids.js';
export * from './logger.js';
export * from './program-directory.js';
export * from './remote-definitions.js';
export * from './resource-pool.js';
export * from './resources.js';
export * from './state-machine.js';
export * from './worker-context.js';
