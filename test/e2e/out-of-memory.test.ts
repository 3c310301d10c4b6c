import { Lab } from '../support/lab.js';
import { MemoryGroup } from '../support/memory-group.js';
import { skipLoudly } from '../support/skip-loudly.js';

const GROUP_BYTES = 900 * 2 ** 20;

const NAME = 'a node whose memory runs out';
const probe = MemoryGroup.create(`ray-ts-probe-${process.pid}`, GROUP_BYTES);
if (probe) describe(NAME, defineTests);
else skipLoudly(NAME, 'control groups can not be made here: that needs root and a writable /sys/fs/cgroup.');

function defineTests(): void {
  afterAll(() => probe?.remove());

  let lab: Lab;
  let group: MemoryGroup | undefined;
  beforeEach(() => {
    lab = new Lab();
    group = MemoryGroup.create(`ray-ts-lab-${process.pid}`, GROUP_BYTES);
  });
  afterEach(async () => {
    await lab.close();
    await group?.remove();
  });

  /** A head and a node; what the node starts from then on is in the group with its agent. */
  async function start(env: Readonly<Record<string, string>>): Promise<void> {
    await lab.startHead(['--num-cpus', '2', '--object-store-memory', '100MB'], env);
    const agent = lab.processes().find(({ command }) => command.includes('worker/agent/main.js'))!;
    group!.add(agent.pid);
    for (const { pid } of lab.processes().filter(({ command }) => command.includes('worker/actor/main.js')))
      group!.add(pid);
  }

  type Death = { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

  it('ends an actor before the kernel does, and says who used the memory', async () => {
    await start({});
    const { death, cause } = (await lab.drive('memory-hog').printed()) as { death: Death; cause: string };
    expect(death).toMatchObject({ code: 'RAY_ACTOR_DIED', details: { kind: 'OUT_OF_MEMORY', signal: 'SIGKILL' } });
    expect(death.message).toMatch(
      /ran out of memory: 0\.8\d GiB of 0\.88 GiB were in use.*The largest processes:\n +\d+ {2}0\.\d+ GiB/s,
    );
    expect(cause).toBe('RAY_OUT_OF_MEMORY');
  });

  it('knows the work of the kernel where nobody watches', async () => {
    await start({ RAY_TS_MEMORY_MONITOR: '0' });
    const { death, cause } = (await lab.drive('memory-hog').printed()) as { death: Death; cause: string };
    expect(death).toMatchObject({ code: 'RAY_ACTOR_DIED', details: { kind: 'OUT_OF_MEMORY', signal: 'SIGKILL' } });
    expect(death.message).toContain('The kernel ended its process for want of memory');
    expect(cause).toBe('RAY_OUT_OF_MEMORY');
    const { nodes } = await lab.status();
    expect(nodes.map(({ state }) => state)).toEqual(['NODE_LIFE_STATE_ALIVE']);
  });
}
