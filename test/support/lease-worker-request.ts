import { type LeaseWorkerRequest, messageCodec } from '../../src/rpc/index.js';

const codec = messageCodec<LeaseWorkerRequest>('LeaseWorkerRequest');

/** What a test wants to say of a lease; job j1 and holder w1 unless it says otherwise. */
interface LeaseWish {
  readonly leaseId: string;
  readonly jobId?: string;
  readonly holderWorkerId?: string;
  readonly cpus?: number;
  readonly gpus?: number;
  readonly placementGroupId?: string;
  readonly envVars?: Readonly<Record<string, string>>;
}

/** A request as an agent receives it. */
export function leaseWorkerRequest(wish: LeaseWish): LeaseWorkerRequest {
  const { leaseId, jobId = 'j1', holderWorkerId = 'w1', cpus = 1, gpus = 0, placementGroupId = '', envVars } = wish;
  const units = { CPU: cpus * 10_000, ...(gpus > 0 ? { GPU: gpus * 10_000 } : {}) };
  const bundleIndex = -1;
  const runtimeEnv = envVars ? { envVars } : null;
  const request = { leaseId, jobId, holderWorkerId, resources: { units }, placementGroupId, bundleIndex, runtimeEnv };
  return codec.decode(codec.encode(request));
}
