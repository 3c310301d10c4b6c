/**
 * Who is connected to the head: a session per agent and per driver. A session is the lease on what its peer owns: while it
 * is attached and heard from, the peer lives. Pure records and functions; time comes in.
 */

export type Session =
  | { readonly state: 'attached'; readonly lastHeardMs: number }
  /** The stream closed; the peer may come back. */
  | { readonly state: 'detached'; readonly sinceMs: number }
  /** The head was started again; the peer, which may not know it yet, is to come back. */
  | { readonly state: 'awaited'; readonly sinceMs: number };

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
  if (session.state === 'awaited') {
    return awayMs > timeouts.leaseMs
      ? `it did not come back within ${seconds(awayMs)} s of the head's restart`
      : undefined;
  }
  return awayMs > timeouts.reconnectMs
    ? `its connection closed and it did not come back within ${seconds(timeouts.reconnectMs)} s`
    : undefined;
}

/** The session after time in which the head itself stood still: nobody else's silence. */
export function postpone(session: Session, byMs: number): Session {
  if (session.state === 'attached') return { ...session, lastHeardMs: session.lastHeardMs + byMs };
  return { ...session, sinceMs: session.sinceMs + byMs };
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
