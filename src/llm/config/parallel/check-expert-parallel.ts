import { InvalidArgumentError } from '../../../core/index.js';
import { checkNumExpertRanks } from '../../eplb/expert-parallel-config.js';
import type { ModelConfig } from '../model-config.js';
import type { ParallelConfig } from '../parallel-config.js';

type ExpertParallelFields = Pick<
  ParallelConfig,
  'enableExpertParallel' | 'enableEplb' | 'eplbConfig' | 'tensorParallelSize' | 'dataParallelSize'
>;

/** vLLM's rules for experts. @throws {InvalidArgumentError} */
export function checkExpertParallel(model: Pick<ModelConfig, 'experts'>, parallel: ExpertParallelFields): void {
  const { enableExpertParallel, enableEplb, eplbConfig, tensorParallelSize, dataParallelSize } = parallel;
  if (enableExpertParallel && model.experts === undefined) {
    throw new InvalidArgumentError(
      'Number of experts in the model must be greater than 0 when expert parallelism is enabled. The model is dense: leave enableExpertParallel out.',
    );
  }
  if (enableExpertParallel) {
    checkNumExpertRanks((model.experts?.numExperts ?? 0) + eplbConfig.numRedundantExperts, tensorParallelSize);
  }
  if (!enableEplb && eplbConfig.numRedundantExperts > 0) {
    throw new InvalidArgumentError(
      `eplbConfig.numRedundantExperts is set to ${eplbConfig.numRedundantExperts} but EPLB is not enabled. Either enable EPLB or unset it.`,
    );
  }
  if (!enableEplb) return;
  if (!enableExpertParallel) throw new InvalidArgumentError('enableExpertParallel must be true to use EPLB.');
  if (tensorParallelSize * dataParallelSize === 1) {
    throw new InvalidArgumentError(
      `EPLB requires tensorParallelSize or dataParallelSize to be greater than 1, got tensorParallelSize=${tensorParallelSize} and dataParallelSize=${dataParallelSize}: one rank has all experts.`,
    );
  }
}
