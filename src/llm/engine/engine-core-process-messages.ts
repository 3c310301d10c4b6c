import type { EngineConfig } from '../config/engine-config.js';
import type { ClientMessage } from './engine-core-messages.js';

/** To the process of an engine core: `start` first and once, then what its client says. */
export type EngineCoreProcessMessage = { readonly type: 'start'; readonly config: EngineConfig } | ClientMessage;
