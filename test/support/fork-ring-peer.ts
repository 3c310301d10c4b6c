import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process that runs a role of ring-peer.ts. */
export interface RingPeer {
  readonly process: ChildProcess;
  /** What the role answered. */
  readonly answer: Promise<Record<string, unknown>>;
}

const running = new Set<ChildProcess>();

/** Ends the peers that still run, because a test failed or was about that. */
export function killRingPeers(): void {
  for (const peer of running) peer.kill('SIGKILL');
  running.clear();
}

/** Starts a peer and waits until it has attached its end. */
export async function forkRingPeer(role: 'read' | 'write' | 'idle' | 'meet', task: object): Promise<RingPeer> {
  const script = join(process.cwd(), 'test/support/ring-peer.ts');
  const peer = fork(script, [role, JSON.stringify(task)], { execArgv: ['--import', 'tsx'] });
  running.add(peer);
  peer.once('exit', () => running.delete(peer));
  await nextMessage(peer);
  const answer = nextMessage(peer);
  // A test that kills its peer awaits no answer.
  answer.catch(() => undefined);
  return { process: peer, answer };
}

async function nextMessage(peer: ChildProcess): Promise<Record<string, unknown>> {
  const gone = once(peer, 'exit').then(([code, signal]) => {
    throw new Error(`ring-peer ended with ${code ?? signal} before it answered`);
  });
  gone.catch(() => undefined);
  const [message] = await Promise.race([once(peer, 'message'), gone]);
  return message as Record<string, unknown>;
}
