/**
 * A rank in a process of its own: `node --import tsx rendezvous-peer.ts JSON`, of the options of joinRendezvous. It tells its
 * parent that it has joined, waits at a barrier that rank 0 never comes to, and tells what that threw.
 */
import { toError } from '../../src/core/index.js';
import { type JoinRendezvousOptions, joinRendezvous } from '../../src/distributed/index.js';

const tell = (message: object): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));

try {
  const rendezvous = await joinRendezvous(JSON.parse(process.argv[2]!) as JoinRendezvousOptions);
  await tell({ joined: true });
  await rendezvous.barrier('never');
} catch (error) {
  await tell({ error: toError(error).message });
}
process.exit();
