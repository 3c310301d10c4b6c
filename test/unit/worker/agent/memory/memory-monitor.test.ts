import { silentLogger } from '../../../../../src/core/index.js';
import type { MemoryUser } from '../../../../../worker/agent/memory/choose-victim.js';
import { MemoryMonitor } from '../../../../../worker/agent/memory/memory-monitor.js';

const GIB = 2 ** 30;

describe('MemoryMonitor', () => {
  let used: number;
  let ended: { victim: MemoryUser; message: string }[];
  let monitor: MemoryMonitor;

  beforeEach(() => {
    used = 0;
    ended = [];
    const shared = { name: 'train', startedAtMs: 0, isRetriable: true } as const;
    monitor = new MemoryMonitor({
      threshold: 0.95,
      readUsage: () => ({ used, total: 100 * GIB }),
      listProcesses: () => [
        ...Array.from({ length: 12 }, (_, n) => ({ pid: n, groupId: 1, bytes: n * GIB, command: `other ${n}` })),
        { pid: 50, groupId: 50, bytes: 30 * GIB, command: 'node worker' },
        { pid: 51, groupId: 50, bytes: 10 * GIB, command: 'its child' },
      ],
      listUsers: () => [
        { ...shared, kind: 'task', id: 't', pid: 50 },
        { ...shared, kind: 'actor', id: 'a', pid: 60 },
      ],
      end: (victim, message) => ended.push({ victim, message }),
      hostname: 'host-a',
      logger: silentLogger,
    });
  });
  afterEach(() => monitor.close());

  it('ends nobody below the threshold', () => {
    used = 95 * GIB;
    monitor.check(10_000);
    expect(ended).toEqual([]);
  });

  it('ends one above it, with its children counted, and says who used the memory', () => {
    used = 96 * GIB;
    monitor.check(10_000);
    expect(ended).toMatchObject([{ victim: { kind: 'task', id: 't', bytes: 40 * GIB } }]);
    const { message } = ended[0]!;
    expect(message).toContain(
      'host-a ran out of memory: 96.00 GiB of 100.00 GiB were in use, over the threshold of 95 %',
    );
    const table = message.split('\n').slice(1);
    expect(table).toHaveLength(10);
    expect(table[0]).toMatch(/50 {2}30\.00 GiB {2}node worker/);
  });

  it('gives the memory of one time to come back before it ends another', () => {
    used = 96 * GIB;
    monitor.check(10_000);
    monitor.check(11_999);
    expect(ended).toHaveLength(1);
    monitor.check(12_000);
    expect(ended).toHaveLength(2);
  });
});
