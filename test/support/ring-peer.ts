/**
 * The other process of the channel tests: `node --import tsx ring-peer.ts ROLE JSON`. It tells its parent that it is
 * attached, and its role's answer when it is done.
 */
import { existsSync } from 'node:fs';
import {
  attachRingReader,
  attachRingWriter,
  type GroupLinks,
  joinTensorParallelGroup,
  type TensorParallelLayout,
} from '../../src/channel/index.js';
import { RayError } from '../../src/core/index.js';
import { GroupRounds } from './group-rounds.js';
import { nthFrame } from './nth-frame.js';

interface RingTask {
  readonly path: string;
  readonly numFrames: number;
  /** The reader sleeps a millisecond before every so many frames. */
  readonly pauseEvery?: number;
  /** The writer's wait is aborted once this file exists. */
  readonly abortFile?: string;
}

interface GroupTask {
  readonly path: string;
  readonly layout: TensorParallelLayout;
  readonly links: GroupLinks;
  readonly rounds: number;
  readonly spinMicroseconds: number;
}

const tell = (message: object): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));

const sleepOneMs = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);

async function readFrames({ path, numFrames, pauseEvery = Number.POSITIVE_INFINITY }: RingTask): Promise<object> {
  const reader = attachRingReader(path);
  await tell({ attached: true });
  let numWrong = 0;
  for (let n = 1; n <= numFrames; n++) {
    if (n % pauseEvery === 0) sleepOneMs();
    const frame = reader.read()!;
    const expected = nthFrame(n);
    const isSame = Buffer.from(expected.payload).equals(frame.payload) && expected.shape.join() === frame.shape.join();
    if (frame.sequence !== n || frame.tag !== expected.tag || !isSame) numWrong += 1;
  }
  return { numWrong, end: errorCodeOf(() => reader.read()) };
}

async function writeFrames({ path, numFrames, abortFile = '' }: RingTask): Promise<object> {
  const writer = attachRingWriter(path);
  await tell({ attached: true });
  const isAborted = () => existsSync(abortFile);
  const end = errorCodeOf(() => {
    for (let n = 1; n <= numFrames; n++) writer.write(nthFrame(n), { isAborted });
  });
  writer.close();
  return { end };
}

async function waitForNothing({ path }: RingTask): Promise<object> {
  const reader = attachRingReader(path);
  await tell({ attached: true });
  const before = process.cpuUsage();
  reader.read({ timeoutMs: 2000 });
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 };
}

async function meetInGroup({ path, layout, links, rounds, spinMicroseconds }: GroupTask): Promise<object> {
  const group = joinTensorParallelGroup(path, layout, links, { spinMicroseconds });
  const ranks = new GroupRounds(group, layout, [links.rank]);
  await tell({ attached: true });
  let numWrong = 0;
  const end = errorCodeOf(() => {
    numWrong = ranks.run(rounds);
  });
  return { numWrong, end };
}

/** The code of the error that ended it, or null. */
function errorCodeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof RayError) return error.code;
    throw error;
  }
}

const roles = { read: readFrames, write: writeFrames, idle: waitForNothing, meet: meetInGroup } as const;
const [, , role, task] = process.argv;
await tell(await roles[role as keyof typeof roles](JSON.parse(task!)));
process.disconnect();
