import { actorTransitions } from '../../../../head/actors/actor-record.js';
import { placementGroupTransitions } from '../../../../head/placement/placement-group-state.js';
import { PlacementStrategy } from '../../../../head/placement/plan-bundles.js';
import {
  fromActorSpec,
  fromWireDeathKind,
  fromWireStrategy,
  toActorUpdate,
  toActorView,
  toJobView,
  toNodeView,
  toPlacementGroupUpdate,
  toPlacementGroupView,
  toWireDeathKind,
} from '../../../../head/services/wire-records.js';
import type { NodeId } from '../../../../src/core/index.js';
import {
  type ActorDeath,
  type ActorSpec,
  type ActorUpdate,
  type GetClusterStateResponse,
  messageCodec,
  type PlacementGroupUpdate,
} from '../../../../src/rpc/index.js';
import { actorRecord, groupRecord, inBundle, jobRecord, nodeRecord } from '../../../support/head-records.js';

const states = <State extends string>(table: Readonly<Record<State, unknown>>): State[] =>
  Object.keys(table) as State[];

const address = { nodeId: 'n1' as NodeId, hostname: 'host-n1', pid: 7, rpcAddress: 'host-n1:2' };
const deathKinds = [
  'PROCESS_EXITED',
  'KILLED',
  'CONSTRUCTOR_FAILED',
  'NODE_DIED',
  'OWNER_DIED',
  'PLACEMENT_GROUP_REMOVED',
  'UNSCHEDULABLE',
] as const;

describe('records on the wire', () => {
  it.each(states(actorTransitions))('keep the actor state %s', (state) => {
    const codec = messageCodec<ActorUpdate>('ActorUpdate');
    const update = codec.decode(codec.encode(toActorUpdate(actorRecord('a1', {}, { state, address }))));
    expect(update).toMatchObject({ actorId: 'a1', state: `ACTOR_LIFE_STATE_${state}`, address });
  });

  it.each(states(placementGroupTransitions))('keep the placement-group state %s', (state) => {
    const codec = messageCodec<PlacementGroupUpdate>('PlacementGroupUpdate');
    const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n1', undefined], { state, reason: 'why' });
    expect(codec.decode(codec.encode(toPlacementGroupUpdate(group)))).toEqual({
      placementGroupId: 'g1',
      state: `PLACEMENT_GROUP_STATE_${state}`,
      nodeIds: ['n1', ''],
      reason: 'why',
    });
  });

  it.each(deathKinds)('keep the kind of death %s both ways', (kind) => {
    const codec = messageCodec<ActorDeath>('ActorDeath');
    const death = {
      kind: toWireDeathKind(kind),
      message: 'm',
      exitCode: -1,
      signal: '',
      hostname: '',
      pid: 0,
      stderrTail: [],
    };
    expect(fromWireDeathKind(codec.decode(codec.encode(death)).kind)).toBe(kind);
  });

  it('take an unspecified death for the end of a process', () => {
    expect(fromWireDeathKind('ACTOR_DEATH_KIND_UNSPECIFIED')).toBe('PROCESS_EXITED');
  });

  it.each(Object.values(PlacementStrategy))('keep the strategy %s both ways', (strategy) => {
    const view = toPlacementGroupView(groupRecord('g1', [], [], { strategy }), 0);
    expect(fromWireStrategy(view.strategy)).toBe(strategy);
  });

  it('know no unspecified strategy', () => {
    expect(fromWireStrategy('PLACEMENT_STRATEGY_UNSPECIFIED')).toBeUndefined();
  });

  it("tell an actor's death by the agent's report, else by what the head knows", () => {
    const dead = actorRecord(
      'a1',
      {},
      { state: 'DEAD', address, death: { kind: 'NODE_DIED', message: 'Its node died.' } },
    );
    expect(toActorUpdate(dead).death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_NODE_DIED',
      message: 'Its node died.',
      hostname: 'host-n1',
      pid: 7,
    });
    const report = { ...toActorUpdate(dead).death!, message: 'reported', stderrTail: ['last words'] };
    expect(toActorUpdate(dead, report).death).toBe(report);
    expect(toActorUpdate(actorRecord('a2', {})).death).toBeNull();
  });

  it('make an actor of its spec, which stays as it came', () => {
    const codec = messageCodec<ActorSpec>('ActorSpec');
    const spec: ActorSpec = {
      actorId: 'a1',
      jobId: 'j1',
      actorClass: { modulePath: '/m.js', className: 'Counter', moduleHash: '', hostname: 'h' },
      constructorArgs: null,
      resources: { units: { CPU: 5_000 } },
      placementGroupId: 'g1',
      bundleIndex: -1,
      maxConcurrency: 2,
      name: 'counter',
      envVars: { A: 'b' },
    };
    const record = fromActorSpec(spec, codec.encode(spec));
    expect(record).toMatchObject({
      actorId: 'a1',
      jobId: 'j1',
      state: 'PENDING_CREATION',
      className: 'Counter',
      name: 'counter',
      resources: { CPU: 5_000 },
      bundle: { placementGroupId: 'g1', bundleIndex: -1 },
      nodeId: undefined,
    });
    expect(codec.decode(Buffer.from(record.spec, 'base64'))).toEqual(spec);
    expect(fromActorSpec({ ...spec, placementGroupId: '' }, Buffer.alloc(0)).bundle).toBeUndefined();
  });

  it('show the tables as they are', () => {
    const codec = messageCodec<GetClusterStateResponse>('GetClusterStateResponse');
    const node = nodeRecord('n1', { CPU: 2 });
    const dead = nodeRecord('n2', { CPU: 2 }, { state: 'DEAD', deathReason: 'it vanished' });
    const snapshot = { nodeId: node.nodeId, address: '', total: node.total, available: { CPU: 5_000 } };
    const group = groupRecord('g1', [{ CPU: 1 }], ['n1'], { createdAtMs: 1_000 });
    const actor = actorRecord('a1', { CPU: 1 }, { bundle: inBundle('g1', 0), address });
    const state = codec.decode(
      codec.encode({
        clusterId: 'c',
        store: 's',
        nodes: [toNodeView(node, snapshot), toNodeView(dead, undefined)],
        placementGroups: [toPlacementGroupView(group, 3_500)],
        actors: [toActorView(actor), toActorView(actorRecord('a2', {}))],
        jobs: [toJobView(jobRecord('j1')), toJobView(jobRecord('j2', { state: 'FINISHED' }))],
      }),
    );
    expect(state.nodes).toMatchObject([
      { state: 'NODE_LIFE_STATE_ALIVE', available: { units: { CPU: 5_000 } } },
      { state: 'NODE_LIFE_STATE_DEAD', available: { units: {} }, deathReason: 'it vanished' },
    ]);
    expect(state.placementGroups).toMatchObject([
      { ageMs: 2_500, nodeIds: ['n1'], bundles: [{ units: { CPU: 10_000 } }] },
    ]);
    expect(state.actors).toMatchObject([
      { placementGroupId: 'g1', bundleIndex: 0, address },
      { placementGroupId: '', bundleIndex: -1, address: null },
    ]);
    expect(state.jobs.map(({ alive }) => alive)).toEqual([true, false]);
  });
});
