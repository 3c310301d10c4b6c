/** A process that loads a tiny model with kept graphs and answers a token's logarithmic probability. */
import { RandomWeightSource } from '../../worker/model/weights/index.js';
import { LocalPipeline } from './local-pipeline.js';
import { greedy, prefill } from './passes.js';
import { tinyLlama } from './tiny-llama.js';

const shape = { tensorParallelSize: 2, layersPerStage: [2], compilation: 3 } as const;
const pipeline = await LocalPipeline.load(tinyLlama, shape, new RandomWeightSource(1));
const [sampled] = pipeline.execute({ passes: [prefill(0, [1, 2, 3])], slotSamplings: [greedy(0, 0)] });
process.send!({ tokenId: sampled!.tokenId, logprob: sampled!.logprob }, () => process.exit());
