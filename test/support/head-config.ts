import type { HeadConfig } from '../../head/head-config.js';

export const HEAD_TOKEN = 'the-token';
export const HEAD_VERSION = '1.2.3';
export const SHORT_LEASE_MS = 2_000;

/** A head on a free port, which the test gives its store. */
export const headConfig: HeadConfig = {
  host: '127.0.0.1',
  port: 0,
  credentials: { token: HEAD_TOKEN },
  clusterId: 'c1',
  clusterName: '',
  records: 'keep',
  role: 'head',
  version: HEAD_VERSION,
  store: { kind: 'embedded' },
  sessionDirectory: '',
  leaseMs: SHORT_LEASE_MS,
  headLeaseMs: 10_000,
  storeWaitMs: 10_000,
  takeoverMs: 0,
};
