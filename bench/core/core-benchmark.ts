/** `npm run bench -- core`: every case of `ray-ts microbenchmark`, beside Ray's own where Python has it. */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../bin/ray-ts.js', import.meta.url));
const RAY_SCRIPT = fileURLToPath(new URL('./ray_microbenchmark.py', import.meta.url));
const COPY_BYTES = 400 * 1024 * 1024;
const COPY_ROUNDS = 5;

export interface CoreBenchmarkOptions {
  readonly filter: string;
  readonly seconds: string;
  readonly trials: string;
  readonly python: string;
}

/** Operations per second. */
interface Rate {
  readonly mean: number;
  readonly deviation: number;
}

export async function runCoreBenchmark({ filter, seconds, trials, python }: CoreBenchmarkOptions): Promise<void> {
  const { model } = cpus()[0]!;
  console.log(
    `${cpus().length} × ${model}, Node.js ${process.version}; plain memory copy ${copyRate().toFixed(1)} GB/s\n`,
  );
  const flags = ['microbenchmark', '--filter', filter, '--seconds', seconds, '--trials', trials];
  const ours = await ratesOf(process.execPath, [CLI, ...flags], {});
  const hasRay = (await ratesOf(python, ['-c', 'import ray; print("ray per second 1 +- 0")'], {})).size > 0;
  const theirs = hasRay ? await ratesOf(python, [RAY_SCRIPT], { TESTS_TO_RUN: filter }) : new Map<string, Rate>();
  if (!hasRay) console.log(`${python} has no Ray: nothing to compare with (pip install ray, or --python PATH).\n`);
  console.log('| case | ray-ts /s | Ray /s | ratio |\n|---|---|---|---|');
  for (const [name, rate] of ours) console.log(formatRow(name, rate, theirs.get(name)));
}

function formatRow(name: string, ours: Rate, theirs: Rate | undefined): string {
  const ratio = theirs ? (ours.mean / theirs.mean).toFixed(1) : '';
  return `| ${name} | ${formatRate(ours)} | ${theirs ? formatRate(theirs) : '-'} | ${ratio} |`;
}

const formatRate = ({ mean, deviation }: Rate): string =>
  `${mean.toFixed(mean < 100 ? 2 : 0)} ± ${deviation.toFixed(2)}`;

/** The rates that a program prints, as Ray does: "NAME per second MEAN +- DEVIATION"; none when it can't be run. */
function ratesOf(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Map<string, Rate>> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.once('error', () => resolve(new Map()));
    child.once('close', () => {
      const lines = output.matchAll(/^(.*) per second ([\d.]+) \+- ([\d.]+)$/gm);
      resolve(
        new Map(
          [...lines].map(([, name, mean, deviation]) => [name!, { mean: Number(mean), deviation: Number(deviation) }]),
        ),
      );
    });
  });
}

/** Of memory that is warm, in GB/s: what a put of a large array is measured against. */
function copyRate(): number {
  const [from, to] = [Buffer.alloc(COPY_BYTES, 1), Buffer.alloc(COPY_BYTES, 2)];
  const times = Array.from({ length: COPY_ROUNDS }, () => {
    const start = performance.now();
    from.copy(to);
    return performance.now() - start;
  });
  return COPY_BYTES / 1e6 / Math.min(...times);
}
