import type { CommandedDriver } from '../support/commanded-driver.js';
import { eventually } from '../support/lab.js';
import { describeOverStores, RestartLab } from '../support/restart-lab.js';

/** Short enough for the tests to see it run out, longer than a node is frozen by one of them. */
const LEASES = ['--lease-ms', '6000', '--num-cpus', '4'];
const WITHIN = { withinMs: 30_000 };

/** Process ids of what a job has. */
interface Owners {
  readonly regular: number;
  readonly parent: number;
  readonly child: number;
  readonly killedParent: number;
}

/** Gives a job an actor, and two detached ones with a child each. */
async function fillWithOwners(driver: CommandedDriver, job: string): Promise<Owners> {
  const create = async (name: string, options = {}): Promise<number> => {
    await driver.tell({ do: 'create', actor: name, options: { numCpus: 0, name: `${name} of ${job}`, ...options } });
    return Number(await driver.tell({ do: 'pid', actor: name }));
  };
  const bear = async (actor: string): Promise<number> => Number(await driver.tell({ do: 'bear', actor }));
  const regular = await create('regular');
  const parent = await create('parent', { lifetime: 'detached' });
  const killedParent = await create('killed parent', { lifetime: 'detached' });
  await bear('killed parent');
  return { regular, parent, killedParent, child: await bear('parent') };
}

/** What becomes of jobs, and of what they own, that go on or end while there is no head. */
function describeJobs(store: string, flagsOf: () => readonly string[]): void {
  describe(`jobs, while a head with its state in ${store} is away`, () => {
    let lab: RestartLab;
    let driver: CommandedDriver;
    beforeEach(async () => {
      ({ lab, driver } = await RestartLab.open(flagsOf(), LEASES));
    });
    afterEach(() => lab.close());

    const processOf = (program: string) => lab.processes().find(({ command }) => command.includes(program))!.pid;
    const livingPids = async () =>
      (await lab.status()).actors
        .filter(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE')
        .map(({ address }) => address!.pid)
        .toSorted();

    /** A group of all CPUs fits only where nothing is held any more. */
    async function expectAllIsFree(): Promise<void> {
      const next = await lab.startDriver();
      await next.tell({ do: 'group', group: 'all', bundles: [{ CPU: 4 }] });
      expect(await next.tell({ do: 'ready', group: 'all' })).toBe('placed');
    }

    /** A job with an actor and a group, a detached actor of CPU 0 in it. */
    async function fillJob(): Promise<number> {
      await driver.tell({ do: 'group', group: 'g', bundles: [{ CPU: 2 }] });
      await driver.tell({ do: 'ready', group: 'g' });
      await driver.tell({ do: 'create', actor: 'regular' });
      await driver.tell({ do: 'pid', actor: 'regular' });
      await driver.tell({ do: 'create', actor: 'stays', options: { name: 'stays', lifetime: 'detached', numCpus: 0 } });
      return Number(await driver.tell({ do: 'pid', actor: 'stays' }));
    }

    it('take with them only what they own when they die meanwhile, as detached parents do', async () => {
      const other = await lab.startDriver();
      const [doomed, kept] = [await fillWithOwners(driver, 'doomed'), await fillWithOwners(other, 'kept')];
      await lab.killHead();
      for (const { killedParent } of [doomed, kept]) process.kill(killedParent, 'SIGKILL');
      await driver.kill();
      await lab.restartHead();
      // Of the job that is over: a detached actor and its child. Of the other one also what belongs to the job itself.
      const expected = [doomed.parent, doomed.child, kept.parent, kept.child, kept.regular].toSorted();
      await eventually(
        'those live, and only those',
        async () => String(await livingPids()) === String(expected) || undefined,
        WITHIN,
      );
      // New work shows that the head has heard of everybody, and changed its mind about nobody.
      await other.tell({ do: 'create', actor: 'new' });
      const newPid = Number(await other.tell({ do: 'pid', actor: 'new' }));
      expect(await livingPids()).toEqual([...expected, newPid].toSorted());
    });

    it('end when their end was said to a head that never read it', async () => {
      const staysPid = await fillJob();
      process.kill(processOf('head/main.js'), 'SIGSTOP');
      await driver.stop();
      await lab.killHead();
      await lab.restartHead();
      await expectAllIsFree();
      expect(await livingPids()).toEqual([staysPid]);
    });

    it('end once when a head died while it ended them, and the next one ends them again', async () => {
      const staysPid = await fillJob();
      const agentPid = processOf('agent/main.js');
      // What the agent is told it can't answer: the job is over in the records, and what it owned is not.
      process.kill(agentPid, 'SIGSTOP');
      await driver.stop();
      await eventually(
        'the job is over',
        async () => (await lab.status()).jobs.some(({ alive }) => !alive) || undefined,
      );
      await lab.killHead();
      process.kill(agentPid, 'SIGCONT');
      await lab.restartHead();
      await expectAllIsFree();
      expect(await livingPids()).toEqual([staysPid]);
    });
  });
}

describeOverStores('jobs and restarts of the head', describeJobs);
