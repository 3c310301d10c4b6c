import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { LoadLog } from './load-log.js';

/** What a program of the load is given. */
export interface Load {
  readonly log: LoadLog;
  /** Where actors write their effects: every host sees the folder. */
  readonly directory: string;
  /** Does `turn` again and again with a pause between, until the load is to end; then the present turn is the last. */
  repeat(pauseMs: number, turn: (count: number) => Promise<void>): Promise<void>;
}

/**
 * The main function of a program of the load: `[directory, name]` are its arguments; it works until it is sent SIGUSR2 (the package has the others), and
 * then ends what it has begun.
 */
export function runLoad(body: (load: Load) => Promise<unknown>): void {
  ray.main(async () => {
    const [directory, name] = process.argv.slice(2) as [string, string];
    let state: 'working' | 'ending' = 'working';
    process.once('SIGUSR2', () => {
      state = 'ending';
    });
    await ray.init({ namespace: 'chaos', logToDriver: false });
    const log = new LoadLog(`${directory}/${name}.records`);
    await body({
      log,
      directory,
      repeat: async (pauseMs, turn) => {
        for (let count = 0; state === 'working'; count++) {
          await turn(count);
          await sleep(pauseMs);
        }
      },
    });
    await ray.shutdown();
  });
}
