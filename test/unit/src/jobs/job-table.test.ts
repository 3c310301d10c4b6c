import { InvalidArgumentError } from '../../../../src/core/index.js';
import { JobTable } from '../../../../src/jobs/job-table.js';
import { newJob, startJob } from '../../../../src/jobs/submitted-job.js';
import type { HeadClient } from '../../../../src/rpc/index.js';

/** The head's keys of one namespace. */
function fakeHead(): Pick<HeadClient, 'call'> {
  const keys = new Map<string, Uint8Array>();
  const answers: Record<string, (request: { key: string; value: Uint8Array; overwrite: boolean }) => unknown> = {
    putKey: ({ key, value, overwrite }) => {
      const stored = overwrite || !keys.has(key);
      if (stored) keys.set(key, value);
      return { stored };
    },
    getKey: ({ key }) => ({ found: keys.has(key), value: keys.get(key) ?? new Uint8Array() }),
    deleteKey: ({ key }) => ({ deleted: keys.delete(key) }),
    listKeys: () => ({ keys: [...keys.keys()].sort() }),
  };
  return { call: async (method: string, request: never) => answers[method]!(request) } as unknown as HeadClient;
}

const job = (submissionId: string, submittedAtMs: number) =>
  newJob({ submissionId, entrypoint: ['true'], metadata: {} }, submittedAtMs);

describe('JobTable', () => {
  it('takes an id once', async () => {
    const table = new JobTable(fakeHead());
    const first = job('a', 1);
    await table.add(first);
    await expect(table.add(job('a', 2))).rejects.toThrow(InvalidArgumentError);
    expect(await table.get('a')).toEqual(first);
  });

  it('has a job as it was put last, until it is deleted', async () => {
    const table = new JobTable(fakeHead());
    await table.add(job('a', 1));
    const running = startJob(await table.get('a'), 'node1', 2);
    await table.put(running);
    expect(await table.get('a')).toEqual(running);
    await table.delete('a');
    await expect(table.get('a')).rejects.toThrow('There is no job a');
  });

  it('lists in the order of submission', async () => {
    const table = new JobTable(fakeHead());
    for (const [id, time] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
    ] as const)
      await table.add(job(id, time));
    expect((await table.list()).map(({ submissionId }) => submissionId)).toEqual(['b', 'c', 'a']);
  });
});
