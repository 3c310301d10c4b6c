/**
 * Who is connected to the head: a session per agent and per driver. A session is the lease on what its peer owns: while it
 * is attached and heard from, the peer lives. Pure records and functions; time comes in.
 */

export type Session =
  | { readonly state: 'attached'; readonly lastHeardMs: number }
  /** The stream closed; the peer may come back. */
  | { readonly state: 'detached'; readonly sinceMs: number };

export interface SessionTimeouts {
  /** Silence on an open stream that means death: a host that vanished, a process that is stopped. */
  readonly leaseMs: number;
  /** How long a peer whose stream closed may take to come back. */
  readonly reconnectMs: number;
}

/** Why the session is over at `nowMs`, or undefined while it is not. */
export function expiryReason(session: Session, timeouts: SessionTimeouts, nowMs: number): string | undefined {
  if (session.state === 'attached') {
    const silentMs = nowMs - session.lastHeardMs;
    return silentMs > timeouts.leaseMs ? `nothing was heard from it for ${seconds(silentMs)} s` : undefined;
  }
  const awayMs = nowMs - session.sinceMs;
  return awayMs > timeouts.reconnectMs
    ? `its connection closed and it did not come back within ${seconds(timeouts.reconnectMs)} s`
    : undefined;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
