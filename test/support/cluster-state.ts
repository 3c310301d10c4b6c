import {
  type ActorView,
  type Draft,
  type GetClusterStateResponse,
  type JobView,
  type LeaseView,
  messageCodec,
  type NodeView,
  type PlacementGroupView,
} from '../../src/rpc/index.js';

const stateCodec = messageCodec<GetClusterStateResponse>('GetClusterStateResponse');

export const CPU = 10_000;

/** A state of the head with the fields that a test cares for; the others have their defaults. */
export const clusterState = (state: Draft<GetClusterStateResponse> = {}): GetClusterStateResponse =>
  stateCodec.decode(stateCodec.encode({ clusterId: 'cluster0', store: 'Redis', ...state }));

export const nodeView = (node: Draft<NodeView> = {}): Draft<NodeView> => ({
  nodeId: 'node0000000000',
  state: 'NODE_LIFE_STATE_ALIVE',
  hostname: 'host-a',
  agentAddress: '10.0.0.1:7000',
  pid: 11,
  total: { units: { CPU: 4 * CPU } },
  available: { units: { CPU: 4 * CPU } },
  ...node,
});

export const actorView = (actor: Draft<ActorView> = {}): Draft<ActorView> => ({
  actorId: 'actor000000000',
  className: 'Counter',
  state: 'ACTOR_LIFE_STATE_ALIVE',
  jobId: 'job00000000000',
  address: { nodeId: 'node0000000000', hostname: 'host-a', pid: 42, rpcAddress: '10.0.0.1:7001', workerId: 'worker0' },
  resources: { units: { CPU } },
  bundleIndex: -1,
  ...actor,
});

export const placementGroupView = (group: Draft<PlacementGroupView> = {}): Draft<PlacementGroupView> => ({
  placementGroupId: 'group000000000',
  strategy: 'PLACEMENT_STRATEGY_PACK',
  state: 'PLACEMENT_GROUP_STATE_CREATED',
  bundles: [{ units: { CPU } }, { units: { CPU } }],
  nodeIds: ['node0000000000', 'node0000000000'],
  jobId: 'job00000000000',
  ...group,
});

export const leaseView = (lease: Draft<LeaseView> = {}): Draft<LeaseView> => ({
  leaseId: 'lease000000000',
  jobId: 'job00000000000',
  name: 'square',
  resources: { units: { CPU } },
  address: { nodeId: 'node0000000000', hostname: 'host-a', pid: 43, rpcAddress: '10.0.0.1:7002', workerId: 'worker1' },
  bundleIndex: -1,
  ...lease,
});

export const jobView = (job: Draft<JobView> = {}): Draft<JobView> => ({
  jobId: 'job00000000000',
  hostname: 'host-a',
  pid: 7,
  entrypoint: 'driver.ts',
  alive: true,
  ...job,
});
