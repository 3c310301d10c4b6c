import type { EngineConfig } from '../config/engine-config.js';
import { importWeights } from './stage-runner-module.js';

/**
 * Reads the headers of the weights before a process is started or anything is asked of a cluster: a file that is missing or
 * cut off is known now.
 * @throws {ModelLoadError}
 */
export async function requireReadableWeights({ args, model }: EngineConfig): Promise<void> {
  if (args.loadFormat === 'dummy') return;
  const { SafetensorsWeightSource } = await importWeights();
  SafetensorsWeightSource.open(model.modelPath).close();
}
