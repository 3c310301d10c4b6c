import { CommandedDriver } from '../support/commanded-driver.js';
import { killHead } from '../support/head-outage.js';
import { eventually, Lab } from '../support/lab.js';
import { describeOverStores, RestartLab } from '../support/restart-lab.js';

/** Short leases, so that the tests see them run out. */
const LEASES = ['--lease-ms', '3000', '--num-cpus', '4'];
const DETACHED = { lifetime: 'detached', maxRestarts: -1 };

/** What becomes of actors that end, are let go or are looked for while there is no head. */
function describeActors(store: string, flagsOf: () => readonly string[]): void {
  describe(`actors, while a head with its state in ${store} is away`, () => {
    let lab: RestartLab;
    let driver: CommandedDriver;
    beforeEach(async () => {
      ({ lab, driver } = await RestartLab.open(flagsOf(), LEASES));
    });
    afterEach(() => lab.close());

    async function createNamed(name: string, options: Readonly<Record<string, unknown>> = {}): Promise<number> {
      await driver.tell({ do: 'create', actor: name, options: { name, ...options } });
      return Number(await driver.tell({ do: 'pid', actor: name }));
    }

    it('are started again where they are detached and restart for ever, and are found by their names', async () => {
      const keptPid = await createNamed('kept', DETACHED);
      const killedPid = await createNamed('killed', DETACHED);
      const other = await lab.startDriver();
      await lab.killHead();
      process.kill(killedPid, 'SIGKILL');
      const found = other.begin({ do: 'find', actor: 'kept' });
      await lab.restartHead();
      expect(await found()).toBe('found');
      expect(await other.tell({ do: 'pid', actor: 'kept' })).toBe(keptPid);
      expect(await other.tell({ do: 'find', actor: 'killed' })).toBe('found');
      const newPid = await eventually(
        'the actor that was killed answers again',
        async () => {
          const pid = await other.tell({ do: 'pid', actor: 'killed' });
          return typeof pid === 'number' && pid !== killedPid ? pid : undefined;
        },
        { withinMs: 30_000 },
      );
      expect(await driver.tell({ do: 'pid', actor: 'killed' })).toBe(newPid);
    });

    it('end when their last handle went shortly before or meanwhile, and their names are free', async () => {
      const pids = [await createNamed('before'), await createNamed('meanwhile')];
      const keptPid = await createNamed('kept');
      const head = lab.processes().find(({ command }) => command.includes('head/main.js'))!;
      // The request to end the first one reaches a head that will never read it.
      process.kill(head.pid, 'SIGSTOP');
      await driver.tell({ do: 'drop', actor: 'before' });
      await lab.killHead();
      await driver.tell({ do: 'drop', actor: 'meanwhile' });
      await lab.restartHead();
      await eventually(
        'only the actor that somebody holds is alive',
        async () => {
          const living = (await lab.status()).actors.filter(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
          return living.every(({ address }) => address?.pid === keptPid) || undefined;
        },
        { withinMs: 30_000 },
      );
      expect(pids).not.toContain(await createNamed('before'));
      expect(pids).not.toContain(await createNamed('meanwhile'));
      expect(await driver.tell({ do: 'pid', actor: 'kept' })).toBe(keptPid);
    });
  });
}

describeOverStores('actors and restarts of the head', describeActors);

describe('a head that stays away', () => {
  it('is named by getActor and by calls that need it when its bound is over', async () => {
    const lab = new Lab();
    let driver: CommandedDriver | undefined;
    try {
      await lab.startHead([...LEASES, '--embedded-store', '--head-lease-ms', '3000']);
      driver = await CommandedDriver.start(lab);
      await killHead(lab);
      const unavailable = { code: 'RAY_HEAD_UNAVAILABLE' };
      expect(await driver.tell({ do: 'find', actor: 'anybody' })).toMatchObject(unavailable);
      await driver.tell({ do: 'create', actor: 'never' });
      expect(await driver.tell({ do: 'add', actor: 'never', amount: 1 })).toMatchObject(unavailable);
    } finally {
      await driver?.kill();
      await lab.close();
    }
  });
});
