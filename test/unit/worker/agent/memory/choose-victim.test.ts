import { chooseVictim, type MemoryUser } from '../../../../../worker/agent/memory/choose-victim.js';

const user = (id: string, more: Partial<MemoryUser> = {}): MemoryUser => ({
  kind: 'task',
  id,
  name: 'f',
  pid: 1,
  startedAtMs: 0,
  isRetriable: true,
  bytes: 1,
  ...more,
});
const idle = user('idle', { kind: 'idle' });
const task = user('task');
const restartable = user('restartable', { kind: 'actor' });
const onceTask = user('once-task', { isRetriable: false });
const actor = user('actor', { kind: 'actor', isRetriable: false });

describe('chooseVictim', () => {
  it('goes from what costs least to what costs most', () => {
    let left = [actor, onceTask, restartable, task, idle];
    const order: string[] = [];
    for (let victim = chooseVictim(left); victim; victim = chooseVictim(left)) {
      order.push(victim.id);
      left = left.filter((candidate) => candidate !== victim);
    }
    expect(order).toEqual(['idle', 'task', 'restartable', 'once-task', 'actor']);
  });

  it('takes the newest of equals, which has done the least', () => {
    expect(chooseVictim([user('old', { startedAtMs: 1 }), user('new', { startedAtMs: 2 })])?.id).toBe('new');
  });

  it('takes the largest idle worker', () => {
    const large = user('large', { kind: 'idle', bytes: 9 });
    expect(chooseVictim([idle, large, user('small', { kind: 'idle', bytes: 2, startedAtMs: 5 })])?.id).toBe('large');
  });

  it('finds nobody where nobody is', () => {
    expect(chooseVictim([])).toBeUndefined();
  });
});
