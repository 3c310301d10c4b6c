import type { LaunchHooks } from '../executor/executor-launcher.js';
import type { EngineClient } from './engine-client.js';
import type { EngineCoreOutputs } from './engine-core-messages.js';

export interface EngineHooks extends LaunchHooks {
  /** Called with every step that gave outputs, before the requests' sinks. @param engine the index of the engine core. */
  readonly onStep?: ((step: EngineCoreOutputs, engine: number) => void) | undefined;
}

/** Engine cores and their ranks. */
export interface LaunchedEngine {
  readonly client: EngineClient;
  /** Ends the engine cores and the ranks; idempotent. */
  shutdown(): Promise<void>;
}
