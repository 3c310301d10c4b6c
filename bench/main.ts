/** `npm run bench -- NAME [flags]`: runs one benchmark. */
import { Command } from 'commander';
import { runStepBenchmark } from './step/step-benchmark.js';

const program = new Command('bench').description('Benchmarks of ray-ts; run them on a machine that does nothing else.');

program
  .command('step')
  .description('a decode step and a prefill through the engine, beside the same graphs in a bare loop')
  .option('--quick', 'few steps and rounds: shows that everything runs, measures nothing', false)
  .option('--model <name...>', 'only these: storyteller, random-0.4b')
  .option('--rounds <n>', 'rounds of each measurement', Number)
  .action(runStepBenchmark);

await program.parseAsync();
