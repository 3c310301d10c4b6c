/** `npm run chaos -- --minutes 10 --seed N`: breaks a cluster under load in every way, and checks that it kept its promises. */
import { parseArgs } from 'node:util';
import { requireChaosOptions } from './chaos-options.js';
import { ChaosRun } from './run-chaos.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
});
const options = requireChaosOptions({ minutes: Number(values.minutes), seed: Number(values.seed) });
console.log(`chaos for ${options.minutes} minutes, seed ${options.seed}`);
// An open namespace or a driver that does not end must not keep the verdict from its caller.
process.exit((await ChaosRun.run(options, console.log)) ? 0 : 1);
