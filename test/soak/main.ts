/** `npm run soak -- --minutes 30 --seed N`: random requests to engines with tiny KV budgets; checks outputs, records, memory. */
import { parseArgs } from 'node:util';
import { requireChaosOptions } from '../chaos/chaos-options.js';
import { runSoak } from './run-soak.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
});
const options = requireChaosOptions({ minutes: Number(values.minutes), seed: Number(values.seed) });
console.log(`soak for ${options.minutes} minutes, seed ${options.seed}`);
process.exit((await runSoak(options, console.log)) ? 0 : 1);
