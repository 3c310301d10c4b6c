import {
  hasOutOfMemoryKill,
  readMemoryUsage,
  readOutOfMemoryKills,
} from '../../../../../worker/agent/memory/memory-usage.js';

const MEMINFO = 'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\n';
const KB = 1_024;

/** A system of these files. */
const system = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

describe('readMemoryUsage', () => {
  it("gives the host's, without what the kernel can drop", () => {
    expect(readMemoryUsage(system({ '/proc/meminfo': MEMINFO }))).toEqual({ used: 600 * KB, total: 1_000 * KB });
  });

  it('gives that of a control group of version 2 that allows less, without cold pages of files', () => {
    const group = '/sys/fs/cgroup/ray';
    const files = {
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '0::/ray\n',
      [`${group}/memory.max`]: `${200 * KB}\n`,
      [`${group}/memory.current`]: `${190 * KB}\n`,
      [`${group}/memory.stat`]: `anon 5\ninactive_file ${20 * KB}\n`,
    };
    expect(readMemoryUsage(system(files))).toEqual({ used: 170 * KB, total: 200 * KB });
  });

  it('gives that of a control group of version 1, also where a container sees its group as the root', () => {
    const root = '/sys/fs/cgroup/memory';
    const files = {
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '3:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n',
      [`${root}/memory.limit_in_bytes`]: `${200 * KB}\n`,
      [`${root}/memory.usage_in_bytes`]: `${190 * KB}\n`,
      [`${root}/memory.stat`]: 'total_inactive_file 0\n',
    };
    expect(readMemoryUsage(system(files))).toEqual({ used: 190 * KB, total: 200 * KB });
  });

  it('gives whichever is nearer to its end', () => {
    const files = {
      '/proc/meminfo': MEMINFO,
      '/sys/fs/cgroup/memory.max': `${900 * KB}`,
      '/sys/fs/cgroup/memory.current': `${9 * KB}`,
    };
    expect(readMemoryUsage(system(files))).toEqual({ used: 600 * KB, total: 1_000 * KB });
  });

  it.each(['max', '9223372036854771712'])('passes over a group without a limit (%s)', (limit) => {
    const files = {
      '/proc/meminfo': MEMINFO,
      '/sys/fs/cgroup/memory.max': limit,
      '/sys/fs/cgroup/memory.current': `${9_999 * KB}`,
    };
    expect(readMemoryUsage(system(files))).toEqual({ used: 600 * KB, total: 1_000 * KB });
  });

  it('gives nothing where the system tells nothing', () => {
    expect(readMemoryUsage(system({}))).toBeUndefined();
  });
});

describe('hasOutOfMemoryKill', () => {
  const read = (host: number, group: number) =>
    readOutOfMemoryKills(
      system({
        '/proc/vmstat': `nr_free_pages 5\noom_kill ${host}\n`,
        '/sys/fs/cgroup/memory.events': `low 0\noom 7\noom_kill ${group}\n`,
      }),
    );

  it('tells of one that the host or the control group has counted', () => {
    expect(hasOutOfMemoryKill(read(2, 3), read(3, 3))).toBe(true);
    expect(hasOutOfMemoryKill(read(2, 3), read(2, 4))).toBe(true);
    expect(hasOutOfMemoryKill(read(2, 3), read(2, 3))).toBe(false);
  });

  it('tells of one in a group with fewer than that from which the agent was moved', () => {
    expect(hasOutOfMemoryKill(read(2, 3), read(3, 1))).toBe(true);
    expect(hasOutOfMemoryKill(read(2, 3), read(2, 0))).toBe(false);
  });

  it('tells of none where the system does not count', () => {
    expect(hasOutOfMemoryKill(readOutOfMemoryKills(system({})), readOutOfMemoryKills(system({})))).toBe(false);
  });
});
