import { actorTransitions } from '../../../../head/actors/actor-record.js';
import { placementGroupTransitions } from '../../../../head/placement/placement-group-state.js';
import { PlacementStrategy } from '../../../../head/placement/plan-bundles.js';
import {
  fromActorSpec,
  fromWireDeathKind,
  specOf,
  toActorUpdate,
  toActorView,
  toNamedActor,
  toWireDeathKind,
} from '../../../../head/services/wire-actors.js';
import {
  fromGroupRequest,
  fromWireStrategy,
  toPlacementGroupUpdate,
  toPlacementGroupView,
} from '../../../../head/services/wire-groups.js';
import {
  fromHeldLease,
  fromLeaseAnswer,
  fromLeaseRequest,
  runtimeEnvOf,
  toLeaseUpdate,
  toLeaseView,
} from '../../../../head/services/wire-leases.js';
import { toJobView, toNodeView } from '../../../../head/services/wire-records.js';
import {
  type ActorId,
  InvalidArgumentError,
  type LeaseId,
  type NodeId,
  TaskUnschedulableError,
  type WorkerId,
} from '../../../../src/core/index.js';
import {
  type ActorSpec,
  type ActorUpdate,
  type CreatePlacementGroupRequest,
  type Draft,
  type GetClusterStateResponse,
  type HeldLease,
  type LeaseRequest,
  type LeaseUpdate,
  type LeaseWorkerResponse,
  messageCodec,
  type NamedActor,
  type PlacementGroupUpdate,
} from '../../../../src/rpc/index.js';
import {
  actorRecord,
  addressOf,
  groupRecord,
  inBundle,
  jobRecord,
  leaseRecord,
  nodeRecord,
} from '../../../support/head-records.js';

const states = <State extends string>(table: Readonly<Record<State, unknown>>): State[] =>
  Object.keys(table) as State[];

/** A message as its receiver gets it, with every field set. */
function received<Message extends object>(name: Parameters<typeof messageCodec>[0], draft: Draft<Message>): Message {
  const codec = messageCodec<Message>(name);
  return codec.decode(codec.encode(draft));
}

const address = addressOf('w1', 'n1', ['0']);
const deathKinds = [
  'PROCESS_EXITED',
  'KILLED',
  'CONSTRUCTOR_FAILED',
  'NODE_DIED',
  'OWNER_DIED',
  'PLACEMENT_GROUP_REMOVED',
  'UNSCHEDULABLE',
  'OUT_OF_SCOPE',
  'OUT_OF_MEMORY',
  'RUNTIME_ENV_FAILED',
] as const;

describe('an actor on the wire', () => {
  const spec = (change: Draft<ActorSpec> = {}): ActorSpec =>
    received<ActorSpec>('ActorSpec', {
      actorId: 'a1',
      jobId: 'j1',
      actorClass: { modulePath: '/m.js', name: 'Counter' },
      resources: { units: { CPU: 5_000 } },
      placementResources: { units: { CPU: 10_000 } },
      name: 'counter',
      detached: true,
      maxRestarts: -1,
      ownerWorkerId: 'w9',
      maxTaskRetries: 2,
      streamingMethods: ['tokens'],
      maxPendingCalls: 7,
      ...change,
    });

  it.each(states(actorTransitions))('keeps the state %s', (state) => {
    const update = toActorUpdate(actorRecord('a1', {}, { state, address, numRestarts: 2 }), undefined, 'why');
    expect(received<ActorUpdate>('ActorUpdate', update)).toMatchObject({
      actorId: 'a1',
      state: `ACTOR_LIFE_STATE_${state}`,
      address,
      numRestarts: 2,
      pendingReason: 'why',
    });
  });

  it.each(deathKinds)('keeps the kind of death %s both ways', (kind) => {
    const death = { kind, message: 'm' };
    const update = received<ActorUpdate>('ActorUpdate', toActorUpdate(actorRecord('a1', {}, { death })));
    expect(fromWireDeathKind(update.death!.kind)).toBe(kind);
    expect(update.death!.kind).toBe(toWireDeathKind(kind));
  });

  it('takes an unspecified death for the end of a process', () => {
    expect(fromWireDeathKind('ACTOR_DEATH_KIND_UNSPECIFIED')).toBe('PROCESS_EXITED');
  });

  it("tells its death by the agent's report, else by what the head knows", () => {
    const death = { kind: 'NODE_DIED', message: 'Its node died.' } as const;
    const dead = actorRecord('a1', {}, { state: 'DEAD', address, death });
    const update = received<ActorUpdate>('ActorUpdate', toActorUpdate(dead));
    expect(update.death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_NODE_DIED', hostname: 'host-n1', pid: 7 });
    const report = { ...update.death!, message: 'reported', stderrTail: ['last words'] };
    expect(toActorUpdate(dead, report).death).toBe(report);
    expect(toActorUpdate(actorRecord('a2', {})).death).toBeNull();
  });

  it('is made of its spec, which stays as it came', () => {
    const record = fromActorSpec(spec(), 'lab', 1_000);
    expect(record).toMatchObject({
      actorId: 'a1',
      jobId: 'j1',
      state: 'PENDING_CREATION',
      className: 'Counter',
      name: 'counter',
      namespace: 'lab',
      isDetached: true,
      ownerWorkerId: 'w9',
      maxRestarts: -1,
      resources: { CPU: 5_000 },
      placementResources: { CPU: 10_000 },
      strategy: { kind: 'DEFAULT' },
      labelSelectors: [{}],
      bundle: undefined,
      nodeId: undefined,
      createdAtMs: 1_000,
    });
    expect(specOf(record)).toEqual(spec());
    expect(received<NamedActor>('NamedActor', toNamedActor(record))).toEqual({
      actorId: 'a1',
      className: 'Counter',
      maxTaskRetries: 2,
      streamingMethods: ['tokens'],
      maxPendingCalls: 7,
    });
  });

  it('says where it may run', () => {
    const recordOf = (strategy: Draft<ActorSpec>['strategy']) => fromActorSpec(spec({ strategy }), 'lab', 0);
    expect(recordOf({ bundle: { placementGroupId: 'g1', bundleIndex: -1 } }).bundle).toEqual(inBundle('g1', -1));
    expect(recordOf({ spread: {} }).strategy).toEqual({ kind: 'SPREAD' });
    const affinity = { kind: 'NODE_AFFINITY', nodeId: 'n1', isSoft: true };
    expect(recordOf({ nodeAffinity: { nodeId: 'n1', soft: true } }).strategy).toEqual(affinity);
    const selectors = { labelSelector: { zone: 'a' }, fallback: [{ terms: { zone: '!b' } }, { terms: {} }] };
    expect(recordOf(selectors).labelSelectors).toEqual([{ zone: 'a' }, { zone: '!b' }, {}]);
  });

  it.each([
    ['no id', { actorId: '' }],
    ['no class', { actorClass: undefined }],
    ['half a unit', { resources: { units: { CPU: 0.5 } } }],
    ['a negative amount', { placementResources: { units: { CPU: -1 } } }],
    ['a condition that is none', { strategy: { labelSelector: { zone: 'in(' } } }],
  ])('is refused with %s', (_what, change: Draft<ActorSpec>) => {
    expect(() => fromActorSpec(spec(change), 'lab', 0)).toThrow(InvalidArgumentError);
  });
});

describe('a placement group on the wire', () => {
  const request = (change: Draft<CreatePlacementGroupRequest> = {}): CreatePlacementGroupRequest =>
    received<CreatePlacementGroupRequest>('CreatePlacementGroupRequest', {
      placementGroupId: 'g1',
      jobId: 'j1',
      name: 'trainers',
      strategy: 'PLACEMENT_STRATEGY_STRICT_PACK',
      bundles: [{ units: { CPU: 10_000 } }, { units: { GPU: 5_000 } }],
      detached: true,
      bundleLabelSelector: [{ terms: { zone: 'a' } }, { terms: {} }],
      softTargetNodeId: 'n1',
      ...change,
    });
  const context = { namespace: 'lab', creatorActorId: 'a1' as ActorId, nowMs: 1_000 };

  it.each(states(placementGroupTransitions))('keeps the state %s', (state) => {
    const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n1', undefined], { state, reason: 'why' });
    expect(received<PlacementGroupUpdate>('PlacementGroupUpdate', toPlacementGroupUpdate(group))).toEqual({
      placementGroupId: 'g1',
      state: `PLACEMENT_GROUP_STATE_${state}`,
      nodeIds: ['n1', ''],
      reason: 'why',
    });
  });

  it.each(Object.values(PlacementStrategy))('keeps the strategy %s both ways', (strategy) => {
    const view = toPlacementGroupView(groupRecord('g1', [], [], { strategy }), '', 0);
    expect(fromWireStrategy(view.strategy!)).toBe(strategy);
  });

  it('is made of its request', () => {
    expect(fromGroupRequest(request(), context)).toMatchObject({
      placementGroupId: 'g1',
      jobId: 'j1',
      name: 'trainers',
      namespace: 'lab',
      isDetached: true,
      creatorActorId: 'a1',
      strategy: 'STRICT_PACK',
      bundles: [{ CPU: 10_000 }, { GPU: 5_000 }],
      labelSelectors: [{ zone: 'a' }, {}],
      softTargetNodeId: 'n1',
      state: 'PENDING',
      nodeIds: [undefined, undefined],
      createdAtMs: 1_000,
    });
    expect(fromGroupRequest(request({ bundleLabelSelector: [] }), context).labelSelectors).toEqual([]);
  });

  it.each([
    ['no strategy', { strategy: 'PLACEMENT_STRATEGY_UNSPECIFIED' }],
    ['no bundles', { bundles: [], bundleLabelSelector: [] }],
    ['too few label selectors', { bundleLabelSelector: [{ terms: {} }] }],
    ['a condition that is none', { bundleLabelSelector: [{ terms: { zone: '' } }, { terms: {} }] }],
  ] as const)('is refused with %s', (_what, change) => {
    expect(() => fromGroupRequest(request(change), context)).toThrow(InvalidArgumentError);
  });
});

describe('a lease on the wire', () => {
  const holder = 'w9' as WorkerId;
  const request = received<LeaseRequest>('LeaseRequest', {
    leaseId: 'l1',
    jobId: 'j1',
    name: 'train',
    resources: { units: { CPU: 10_000 } },
    strategy: { spread: {} },
    locality: { n1: 2_000 },
    runtimeEnv: { envVars: { A: 'b' } },
  });

  it('is made of its request, and keeps the runtime environment as it came', () => {
    const lease = fromLeaseRequest(request, holder, 5);
    expect(lease).toMatchObject({
      state: 'PENDING',
      name: 'train',
      holderWorkerId: 'w9',
      request: { resources: { CPU: 10_000 }, strategy: { kind: 'SPREAD' }, locality: { n1: 2_000 } },
      requestedAtMs: 5,
    });
    expect(runtimeEnvOf(lease)).toEqual(request.runtimeEnv);
    expect(runtimeEnvOf(fromLeaseRequest({ ...request, runtimeEnv: null }, holder, 5))).toBeNull();
  });

  it('is taken over from an agent that holds it', () => {
    const held = { leaseId: 'l1', holderWorkerId: 'w9', resources: { units: { CPU: 1 } }, address } as const;
    const wire = (change: Draft<HeldLease>) => received<HeldLease>('HeldLease', { ...held, ...change });
    const plain = fromHeldLease(wire({ bundleIndex: -1 }), 'n7' as NodeId, 0);
    expect(plain).toMatchObject({ state: 'GRANTED', nodeId: 'n7', bundle: undefined, held: { CPU: 1 } });
    const bundled = fromHeldLease(wire({ placementGroupId: 'g1', bundleIndex: 2 }), 'n7' as NodeId, 0);
    expect(bundled).toMatchObject({ bundle: inBundle('g1', 2), bundleIndex: 2 });
  });

  it('is answered by an agent with a worker, with no room, or with an error', () => {
    const answer = (draft: Draft<LeaseWorkerResponse>) =>
      fromLeaseAnswer(received<LeaseWorkerResponse>('LeaseWorkerResponse', draft), 'n1' as NodeId);
    expect(answer({ leased: true, address })).toEqual({ kind: 'leased', address });
    expect(answer({ leased: false })).toEqual({ kind: 'busy' });
    expect(answer({ error: { code: 'RAY_INVALID_ARGUMENT', message: 'no such package' } })).toMatchObject({
      kind: 'failed',
      error: { message: 'no such package' },
    });
  });

  it('tells its holder what became of it', () => {
    const id = { leaseId: 'l1' as LeaseId, holderWorkerId: holder };
    const told = (news: Parameters<typeof toLeaseUpdate>[1]) =>
      received<LeaseUpdate>('LeaseUpdate', toLeaseUpdate(id, news));
    expect(told({ kind: 'granted', address })).toMatchObject({ leaseId: 'l1', granted: address });
    const failed = told({ kind: 'failed', error: new TaskUnschedulableError('never') });
    expect(failed).toMatchObject({ failed: { code: 'RAY_TASK_UNSCHEDULABLE', message: 'never' } });
    expect(told({ kind: 'pending', reason: 'busy' })).toMatchObject({ pendingReason: 'busy' });
  });
});

describe('the tables on the wire', () => {
  it('are shown as they are', () => {
    const node = nodeRecord('n1', { CPU: 2 }, { nodeName: 'blue', objectStoreBytes: 1e9, startedAtMs: 7 });
    const snapshot = { nodeId: node.nodeId, address: '', total: node.total, available: { CPU: 5_000 } };
    const dead = nodeRecord('n2', { CPU: 2 }, { state: 'DEAD', deathReason: 'it vanished', endedAtMs: 9 });
    const group = groupRecord('g1', [{ CPU: 1 }], ['n1'], {
      createdAtMs: 1_000,
      stateSinceMs: 2_000,
      isDetached: true,
    });
    const death = { kind: 'KILLED', message: 'It was killed.' } as const;
    const state = received<GetClusterStateResponse>('GetClusterStateResponse', {
      nodes: [toNodeView(node, { ...snapshot, labels: { zone: 'a' } }), toNodeView(dead, undefined)],
      placementGroups: [toPlacementGroupView(group, 'busy', 3_500)],
      actors: [
        toActorView(actorRecord('a1', { CPU: 1 }, { bundle: inBundle('g1', -1), bundleIndex: 0, address }), ''),
        toActorView(actorRecord('a2', {}, { state: 'DEAD', death, startedAtMs: 3, stateSinceMs: 9 }), ''),
        toActorView(actorRecord('a3', {}, { state: 'RESTARTING', maxRestarts: -1, numRestarts: 4 }), 'it waits'),
      ],
      jobs: [toJobView(jobRecord('j1')), toJobView(jobRecord('j2', { state: 'FINISHED', endedAtMs: 8 }))],
      leases: [toLeaseView(leaseRecord('l1', { CPU: 1 }, { requestedAtMs: 500 }), 'it waits', 3_500)],
    });
    expect(state.nodes).toMatchObject([
      {
        state: 'NODE_LIFE_STATE_ALIVE',
        available: { units: { CPU: 5_000 } },
        labels: { zone: 'a' },
        nodeName: 'blue',
        objectStoreBytes: 1e9,
        startTimeMs: 7,
        endTimeMs: 0,
      },
      { state: 'NODE_LIFE_STATE_DEAD', available: { units: {} }, deathReason: 'it vanished', endTimeMs: 9 },
    ]);
    expect(state.placementGroups).toMatchObject([
      { ageMs: 2_500, stateSinceMs: 2_000, detached: true, reason: 'busy', nodeIds: ['n1'], namespace: 'j1' },
    ]);
    expect(state.actors).toMatchObject([
      { placementGroupId: 'g1', bundleIndex: 0, address },
      {
        bundleIndex: -1,
        deathMessage: 'It was killed.',
        death: { message: 'It was killed.' },
        startTimeMs: 3,
        endTimeMs: 9,
      },
      { maxRestarts: -1, numRestarts: 4, pendingReason: 'it waits', endTimeMs: 0 },
    ]);
    expect(state.jobs).toMatchObject([
      { alive: true, namespace: 'j1' },
      { alive: false, endTimeMs: 8 },
    ]);
    expect(state.leases).toMatchObject([
      { leaseId: 'l1', name: 'work', resources: { units: { CPU: 10_000 } }, pendingReason: 'it waits', ageMs: 3_000 },
    ]);
  });
});
