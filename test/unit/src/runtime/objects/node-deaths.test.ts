import type { NodeId } from '../../../../../src/core/index.js';
import type { NodeLifeState, NodeUpdate } from '../../../../../src/rpc/index.js';
import { NodeDeaths } from '../../../../../src/runtime/objects/node-deaths.js';
import { Topic } from '../../../../../src/runtime/topic.js';

describe('NodeDeaths', () => {
  let deaths: NodeDeaths;
  let heard: string[];

  beforeEach(() => {
    deaths = new NodeDeaths();
    heard = [];
    deaths.onDeath((nodeId) => heard.push(nodeId));
  });

  const openTopic = () => new Topic<NodeId, NodeUpdate>();
  const tell = (topic: Topic<NodeId, NodeUpdate>, nodeId: string, state: NodeLifeState): void =>
    topic.publish(nodeId as NodeId, { nodeId, state });

  it('tells of a followed node once, when it dies, and asks for no more of it', async () => {
    const topic = openTopic();
    deaths.attach(topic);
    deaths.follow('n1');
    tell(topic, 'n1', 'NODE_LIFE_STATE_ALIVE');
    expect(heard).toEqual([]);
    tell(topic, 'n1', 'NODE_LIFE_STATE_DEAD');
    tell(topic, 'n1', 'NODE_LIFE_STATE_DEAD');
    await Promise.resolve();
    expect(heard).toEqual(['n1']);
    expect([deaths.isDead('n1'), deaths.isDead('n2')]).toEqual([true, false]);
    deaths.follow('n1');
    expect(topic.followed).toEqual([]);
  });

  it('asks in every session for what was followed before, and hears what it missed', () => {
    deaths.follow('n1');
    const first = openTopic();
    deaths.attach(first);
    expect(first.followed).toEqual(['n1']);
    const second = openTopic();
    tell(second, 'n1', 'NODE_LIFE_STATE_DEAD');
    deaths.attach(second);
    expect(heard).toEqual(['n1']);
  });

  it('tells a listener nothing more once it has stopped', () => {
    const topic = openTopic();
    deaths.attach(topic);
    deaths.follow('n1');
    const other: string[] = [];
    deaths.onDeath((nodeId) => other.push(nodeId))();
    tell(topic, 'n1', 'NODE_LIFE_STATE_DEAD');
    expect([heard, other]).toEqual([['n1'], []]);
  });
});
