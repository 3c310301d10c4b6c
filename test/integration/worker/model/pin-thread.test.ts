import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Pins a thread of its own and answers [what pinThread returned, the cores that the thread may use]. */
const program = `
  const { readFileSync, readlinkSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const { pathToFileURL } = require('node:url');
  const load = async () => {
    (await import('tsx/esm/api')).register();
    return import(pathToFileURL(workerData.module).href);
  };
  load().then(({ pinThread }) => {
    const isPinned = pinThread(workerData.cores);
    const status = readFileSync('/proc/thread-self/status', 'utf8');
    parentPort.postMessage([isPinned, /Cpus_allowed_list:\\s*(\\S+)/.exec(status)[1]]);
  });
`;

function pinInThread(cores: { readonly first: number; readonly count: number }): Promise<[boolean, string]> {
  const module = `${process.cwd()}/worker/model/ort/index.ts`;
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, { eval: true, workerData: { module, cores } });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

const allowedList = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;

describe('pinThread', () => {
  it('leaves the thread one core, and the rest of the process all of them', async () => {
    const [isPinned, list] = await pinInThread({ first: availableParallelism() - 1, count: 1 });
    expect(isPinned).toBe(true);
    expect(list).toMatch(/^\d+$/);
    expect(allowedList.endsWith(list)).toBe(true);
    expect(/Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]).toBe(allowedList);
  });

  it('changes nothing where there are fewer cores', async () => {
    expect(await pinInThread({ first: availableParallelism(), count: 1 })).toEqual([false, allowedList]);
  });
});
