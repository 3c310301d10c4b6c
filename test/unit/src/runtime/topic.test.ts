import { Topic } from '../../../../src/runtime/topic.js';

describe('Topic', () => {
  it('tells every listener of a key, and no other', () => {
    const topic = new Topic<string, number>();
    const heard: string[] = [];
    topic.subscribe('a', (message) => heard.push(`1:${message}`));
    topic.subscribe('a', (message) => heard.push(`2:${message}`));
    topic.subscribe('b', (message) => heard.push(`b:${message}`));
    topic.publish('a', 7);
    expect(heard).toEqual(['1:7', '2:7']);
  });

  it('tells a late listener the latest message at once, and only that', () => {
    const topic = new Topic<string, number>();
    topic.publish('a', 1);
    topic.publish('a', 2);
    const heard: number[] = [];
    topic.subscribe('a', (message) => heard.push(message));
    expect(heard).toEqual([2]);
    expect(topic.latest('a')).toBe(2);
    expect(topic.latest('b')).toBeUndefined();
  });

  it('tells a listener nothing more once it has stopped, also when it stops while it is told', () => {
    const topic = new Topic<string, number>();
    const heard: number[] = [];
    const stop = topic.subscribe('a', (message) => {
      heard.push(message);
      stop();
    });
    topic.subscribe('a', (message) => heard.push(message * 10));
    topic.publish('a', 1);
    topic.publish('a', 2);
    expect(heard).toEqual([1, 10, 20]);
  });
});
