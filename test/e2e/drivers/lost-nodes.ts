/**
 * Has large results made on the host named `first`, waits for the file `broken` in its folder, and asks for them. Prints one
 * JSON line per scenario, by the scenario's name.
 */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

interface Made {
  readonly on: string;
  readonly values: Float64Array;
}

const make = ray.remote(function make(): Made {
  return { on: hostname(), values: new Float64Array(100_000) };
});

class Reader {
  async whereMade({ ref }: { readonly ref: ray.ObjectRef<Made> }): Promise<string> {
    return (await ray.get(ref)).on;
  }
}
const RemoteReader = ray.remote(Reader, { numCpus: 0 });

ray.main(async () => {
  await ray.init();
  const nodes = await ray.nodes();
  const nodeOf = (host: string): string => nodes.find((node) => node.hostname === host)!.nodeId;
  const onFirst = { schedulingStrategy: { nodeId: nodeOf('first'), soft: true } };
  const own = make.options(onFirst).remote();
  const lent = make.options(onFirst).remote();
  const onlyOnce = make.options({ ...onFirst, maxRetries: 0 }).remote();
  const reader = RemoteReader.options({ schedulingStrategy: { nodeId: nodeOf('second') } }).remote();
  // They stay where they were made: nobody has read them.
  await ray.wait([own, lent, onlyOnce], { numReturns: 3, fetchLocal: false });
  print('made', true);
  while (!existsSync(join(process.env['RAY_TS_TMPDIR']!, 'broken'))) await sleep(20);
  const read = reader.whereMade.remote({ ref: lent });
  print('remade', (await ray.get(own)).on);
  print('readByBorrower', await ray.get(read));
  print('onlyOnce', await errorOf(ray.get(onlyOnce)));
});
