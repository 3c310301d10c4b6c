import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** Measures the sampler in a process of its own, bundled as in dist: across modules the same code takes three times as long. */
export async function runSamplingBenchmark(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ray-ts-sampling-'));
  const outfile = join(folder, 'measure-sampling.mjs');
  try {
    await build({
      entryPoints: [resolve(import.meta.dirname, 'measure-sampling.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    spawnSync(process.execPath, [outfile], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
