/**
 * Freezes a rank and asks after the others' health: {"error"} of a call with a deadline, {"error"} of the health check, and
 * {"well"} when the rank runs again. Arguments: a JSON object of engine arguments, and the rank.
 */
import * as ray from 'ray-ts';
import { LLM, type WorkerDescription } from 'ray-ts/llm';

const print = (line: object): void => console.log(JSON.stringify(line));

async function printFailure(calling: Promise<unknown>): Promise<void> {
  try {
    await calling;
  } catch (error) {
    print({ error: (error as Error).message });
  }
}

ray.main(async () => {
  await using llm = await LLM.create({
    model: 'models/storyteller',
    cpusPerWorker: 0.5,
    ...JSON.parse(process.argv[2]!),
  });
  const workers = (await llm.collectiveRpc('describe')) as WorkerDescription[];
  const { pid } = workers[Number(process.argv[3])]!;
  process.kill(pid, 'SIGSTOP');
  await printFailure(llm.collectiveRpc('describe', [], { timeoutMs: 200 }));
  await printFailure(llm.checkHealth());
  process.kill(pid, 'SIGCONT');
  await llm.checkHealth();
  const again = (await llm.collectiveRpc('describe')) as WorkerDescription[];
  print({ well: again.map(({ rank }) => rank) });
});
