import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandedDriver } from '../support/commanded-driver.js';
import { describeOverStores, RestartLab } from '../support/restart-lab.js';

/** Work that is under way, or asked for, while there is no head. */
function describeWork(store: string, flagsOf: () => readonly string[]): void {
  describe(`a head that comes back to its state in ${store}`, () => {
    let lab: RestartLab;
    let driver: CommandedDriver;
    beforeEach(async () => {
      ({ lab, driver } = await RestartLab.open(flagsOf(), ['--num-cpus', '4']));
    });
    afterEach(() => lab.close());

    it('completes tasks that were submitted before it or meanwhile', async () => {
      const path = join(lab.directory, 'head is back');
      const before = driver.begin({ do: 'task', amount: 1, path });
      expect(await driver.tell({ do: 'task', amount: 2 })).toBe(4);
      await lab.killHead();
      const meanwhile = [3, 4, 5, 6, 7, 8].map((amount) => driver.begin({ do: 'task', amount }));
      await lab.restartHead();
      expect(await Promise.all(meanwhile.map((answer) => answer()))).toEqual([6, 8, 10, 12, 14, 16]);
      writeFileSync(path, '');
      expect(await before()).toBe(2);
    });

    it('keeps placement groups, with the actors in them and room for more', async () => {
      await driver.tell({ do: 'group', group: 'g', bundles: [{ CPU: 3 }] });
      await driver.tell({ do: 'create', actor: 'first', group: 'g' });
      const pid = await driver.tell({ do: 'pid', actor: 'first' });
      await lab.killHead();
      await driver.tell({ do: 'create', actor: 'meanwhile', group: 'g' });
      await lab.restartHead();
      expect(await driver.tell({ do: 'ready', group: 'g' })).toBe('placed');
      expect(await driver.tell({ do: 'add', actor: 'meanwhile', amount: 1 })).toBe(1);
      await driver.tell({ do: 'create', actor: 'after', group: 'g' });
      expect(await driver.tell({ do: 'add', actor: 'after', amount: 2 })).toBe(2);
      expect(await driver.tell({ do: 'pid', actor: 'first' })).toBe(pid);
      await driver.tell({ do: 'remove', group: 'g' });
      // Fits only where nothing is held any more.
      await driver.tell({ do: 'group', group: 'all', bundles: [{ CPU: 4 }] });
      expect(await driver.tell({ do: 'ready', group: 'all' })).toBe('placed');
    });
  });
}

describeOverStores('work and restarts of the head', describeWork);
