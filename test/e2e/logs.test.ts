import type { Driver } from '../support/driver.js';
import { Lab } from '../support/lab.js';

describe('what workers print', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab();
  });
  afterAll(() => lab.close());

  async function run(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Driver> {
    const driver = lab.drive('logs', args, env);
    await driver.printed();
    return driver;
  }

  describe('reaches the driver', () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await run();
    });
    const textOf = (line: string): string => line.replace(/^\(.*?\) /, '');

    it('with the class and process that it comes from, and without the address of its own host', () => {
      const { pid } = driver.lines.find((line) => 'pid' in line) as { pid: number };
      expect(driver.workerLines).toContain(`(Speaker pid=${pid}) the first line`);
    });

    it('with the name of the task', () => {
      expect(driver.workerLines).toContainEqual(expect.stringMatching(/^\(speak pid=\d+\) a task speaks$/));
    });

    it('on standard error when it was printed there, the last words too', () => {
      expect(driver.stderr).toMatch(/^\(Speaker pid=\d+\) a complaint$/m);
      expect(driver.stderr).toMatch(/^\(Speaker pid=\d+\) last words$/m);
      expect(driver.workerLines.map(textOf)).not.toContain('a complaint');
    });

    it('as one line when several print alike, and one for the others', () => {
      const ready = driver.workerLines.map(textOf).filter((line) => line.includes('is ready'));
      expect(ready).toHaveLength(2);
      expect(ready[1]).toMatch(/^rank \d is ready \[repeated 2x across cluster\]$/);
    });

    it('without a word that the programs did not print', () => {
      const texts = [...driver.workerLines, ...driver.stderr.trim().split('\n')].map(textOf);
      expect(new Set(texts.map((text) => text.replaceAll(/\d/g, '#')))).toEqual(
        new Set([
          'the first line',
          'a complaint',
          'rank # is ready',
          'rank # is ready [repeated #x across cluster]',
          'a task speaks',
          'last words',
        ]),
      );
    });
  });

  it('is printed line by line where folding is off', async () => {
    const { workerLines } = await run([], { RAY_TS_DEDUP_LOGS: '0' });
    expect(workerLines.filter((line) => line.endsWith('is ready'))).toHaveLength(3);
  });

  it('stays away from a driver that does not want it', async () => {
    const { workerLines, stderr } = await run(['quiet']);
    expect([...workerLines, stderr.trim()]).toEqual(['']);
  });
});
