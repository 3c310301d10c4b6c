import { Command } from 'commander';
import { init, shutdown } from '../../api/index.js';
import { actorCases } from '../microbenchmark/actor-cases.js';
import { clusterCases } from '../microbenchmark/cluster-cases.js';
import { type BenchmarkCase, formatMeasured, measure } from '../microbenchmark/measure.js';
import { objectCases } from '../microbenchmark/object-cases.js';
import { taskCases } from '../microbenchmark/task-cases.js';
import { parseInteger, parseNumber } from '../parse-values.js';

interface MicrobenchmarkFlags {
  readonly filter?: string;
  readonly seconds: number;
  readonly trials: number;
}

const cases: readonly BenchmarkCase[] = [...objectCases, ...taskCases, ...actorCases, ...clusterCases];

export function microbenchmarkCommand(): Command {
  return new Command('microbenchmark')
    .description(
      'Measure calls, tasks, objects and placement groups on a cluster of its own, case by case as Ray does.',
    )
    .option('--filter <text>', 'only the cases whose name holds it')
    .option('--seconds <s>', 'of each trial, and half as long to warm up', parseNumber, 2)
    .option('--trials <n>', 'of each case', parseInteger, 4)
    .addHelpText('after', `\nCases:\n${cases.map(({ name }) => `  ${name}`).join('\n')}`)
    .action(microbenchmark);
}

async function microbenchmark({ filter = '', seconds, trials }: MicrobenchmarkFlags): Promise<void> {
  const trialMs = seconds * 1_000;
  const options = { warmupMs: trialMs / 2, trialMs, numTrials: trials, now: () => performance.now() };
  await init({ address: 'local', resources: { custom: 100 } });
  try {
    for (const benchmark of cases.filter(({ name }) => name.includes(filter))) {
      process.stdout.write(`${formatMeasured(await measure(benchmark, options))}\n`);
    }
  } finally {
    await shutdown();
  }
}
