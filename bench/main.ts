/** `npm run bench -- NAME [flags]`: runs one benchmark. */
import { Command } from 'commander';

const program = new Command('bench').description('Benchmarks of ray-ts; run them on a machine that does nothing else.');

program
  .command('step')
  .description('a decode step and a prefill through the engine, beside the same graphs in a bare loop')
  .option('--quick', 'few steps and rounds: shows that everything runs, measures nothing', false)
  .option('--model <name...>', 'only these: storyteller, random-0.4b')
  .option('--rounds <n>', 'rounds of each measurement', Number)
  .action(async (options) => (await import('./step/step-benchmark.js')).runStepBenchmark(options));

program
  .command('sampling')
  .description('choosing a token, by kind of sampling and size of vocabulary')
  .action(async () => (await import('./sampling/sampling-benchmark.js')).runSamplingBenchmark());

program
  .command('objects')
  .description("puts and gets of large arrays through a node's object store, beside a bare memory copy")
  .option(
    '--megabytes <n...>',
    'sizes of the arrays',
    (text, sizes?: number[]) => [...(sizes ?? []), Number(text)],
    undefined,
  )
  .option('--rounds <n>', 'rounds of each measurement', Number, 10)
  .action(async ({ rounds, megabytes = [0.2, 10, 400, 800] }: { rounds: number; megabytes?: number[] }) =>
    (await import('./objects/object-store-benchmark.js')).runObjectBenchmark({ rounds, megabytes }),
  );

program
  .command('core')
  .description("ray-ts microbenchmark, and Ray's own where Python has it, case by case with the ratio")
  .option('--filter <text>', 'only the cases whose name holds it', '')
  .option('--seconds <s>', 'of each trial of ray-ts', '2')
  .option('--trials <n>', 'of each case of ray-ts', '4')
  .option('--python <path>', 'the Python that has Ray', 'python3')
  .action(async (options) => (await import('./core/core-benchmark.js')).runCoreBenchmark(options));

program
  .command('engine')
  .description('prefill, decode, load and memory of the engine at every precision, beside node-llama-cpp')
  .option('--quick', 'a tiny model, few rows: shows that everything runs, measures nothing', false)
  .option('--llama-cpp', 'install node-llama-cpp for the comparison if it is missing', false)
  .option('--model <name...>', 'only these: 0.39b, 1.1b')
  .option('--subject <name...>', "only these, such as 'engine int8' 'llama.cpp Q8_0'")
  .option('--row <text>', 'only the rows whose name holds it', '')
  .option('--rounds <n>', 'rounds of each measurement', Number, 2)
  .option('--steps <n>', 'decode steps of a round', Number, 8)
  .action(async (options) => (await import('./engine/engine-benchmark.js')).runEngineBenchmark(options));

program
  .command('accuracy')
  .description('perplexity, likeliest tokens and logits of every quantization beside float32')
  .option('--quick', 'a tiny model and few tokens: shows that everything runs, measures nothing', false)
  .action(async (options) => (await import('./accuracy/accuracy-benchmark.js')).runAccuracyBenchmark(options));

program
  .command('collectives')
  .description('the all-reduce of tensor-parallel ranks: shared memory, gRPC on one host, links with a delay')
  .option('--rounds <n>', 'all-reduces of each measurement', Number, 50)
  .action(async (options) => (await import('./collectives/collectives-benchmark.js')).runCollectivesBenchmark(options));

program
  .command('compilation')
  .description('load, decode and prefill of the engine at every level of compilationConfig')
  .option('--quick', 'a tiny model: shows that everything runs, measures nothing', false)
  .option('--rounds <n>', 'rounds of each measurement', Number, 3)
  .option('--steps <n>', 'decode steps of a round', Number, 32)
  .action(async (options) => (await import('./compilation/compilation-benchmark.js')).runCompilationBenchmark(options));

await program.parseAsync();
