import type { ModelConfig } from '../../../../../src/llm/config/model-config.js';
import { storytellerConfig as shippedConfig } from '../../../../support/storyteller.js';

/** The dimensions of models/storyteller, with its own length and a folder that is never read. */
export const storytellerConfig: ModelConfig = { ...shippedConfig, modelPath: '/models/storyteller', maxModelLen: 2048 };
