import { readdir, readFile, stat } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { HostMemory } from './kv-cache-size.js';

const CGROUP = '/sys/fs/cgroup';
/** Half-precision checkpoints are computed in float32. */
const BYTES_PER_CHECKPOINT_BYTE = 2;

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // The system has no such control group: then nothing limits the process there.
    return undefined;
  }
}

/** What the control group leaves free; files that the kernel can drop from its cache count as free. */
async function cgroupFreeBytes(): Promise<number> {
  const [max, current, stats] = await Promise.all(
    ['memory.max', 'memory.current', 'memory.stat'].map((name) => readText(join(CGROUP, name))),
  );
  const limit = Number(max);
  if (max === undefined || current === undefined || !Number.isFinite(limit)) return Number.POSITIVE_INFINITY;
  const droppable = Number(/^inactive_file (\d+)$/m.exec(stats ?? '')?.[1] ?? 0);
  return limit - Number(current) + droppable;
}

async function checkpointBytes(modelPath: string): Promise<number> {
  const files = (await readdir(modelPath)).filter((file) => file.endsWith('.safetensors'));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(modelPath, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The memory of this host that is free, within the limit of the process's control group, and what a model will take. */
export async function readHostMemory(modelPath: string): Promise<HostMemory> {
  return {
    availableBytes: Math.min(freemem(), await cgroupFreeBytes()),
    weightBytes: BYTES_PER_CHECKPOINT_BYTE * (await checkpointBytes(modelPath)),
  };
}
