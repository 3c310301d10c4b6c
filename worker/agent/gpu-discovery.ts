import { execFile } from 'node:child_process';
import { type Logger, toError } from '../../src/core/index.js';
import { parseNvidiaSmi, selectVisibleGpus, type VisibleGpu } from './gpu-list.js';

const QUERY = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'];
/** nvidia-smi takes seconds to start a sleeping driver on a host with many GPUs. */
const TIMEOUT_MS = 20_000;

export interface GpuDiscoveryOptions {
  readonly logger: Logger;
  /** CUDA_VISIBLE_DEVICES of the agent; default that of the process. */
  readonly cudaVisibleDevices?: string | undefined;
  /** Default found on the PATH. */
  readonly nvidiaSmi?: string;
}

/**
 * The GPUs of this host that the agent may give out: those that nvidia-smi lists, narrowed by CUDA_VISIBLE_DEVICES. None
 * on a host without nvidia-smi. Never throws: where nvidia-smi fails, the host counts as one without GPUs and says so.
 */
export async function discoverGpus(options: GpuDiscoveryOptions): Promise<readonly VisibleGpu[]> {
  const cudaVisibleDevices = options.cudaVisibleDevices ?? process.env['CUDA_VISIBLE_DEVICES'];
  try {
    const csv = await runNvidiaSmi(options.nvidiaSmi ?? 'nvidia-smi');
    return selectVisibleGpus(parseNvidiaSmi(csv), cudaVisibleDevices);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      options.logger.warn({ error: toError(error).message }, 'nvidia-smi failed; this node offers no GPUs');
    }
    return [];
  }
}

function runNvidiaSmi(executable: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(executable, QUERY, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}
