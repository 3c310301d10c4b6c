import type { Logger, NodeId } from '../../src/core/index.js';

/** More than this between two hosts confuses people who compare their logs, and tokens and certificates with a date. */
const MAX_SKEW_MS = 500;
/** A skew that is this much smaller again is over; without it one at the limit would be told for ever. */
const RELIEF_MS = 100;

/** How far the clocks of the nodes are from the head's. */
export class ClockSkews {
  readonly #skews = new Map<NodeId, number>();
  readonly #warned = new Set<NodeId>();
  readonly #headHostname: string;
  readonly #logger: Logger;

  constructor(headHostname: string, logger: Logger) {
    this.#headHostname = headHostname;
    this.#logger = logger;
  }

  /** Milliseconds; positive when the node's clock is ahead. 0 while it is not known. */
  get(nodeId: NodeId): number {
    return this.#skews.get(nodeId) ?? 0;
  }

  /**
   * @param clockMs the node's clock when it sent a message that is here now; 0: it did not say.
   * @param roundTripMs how long a message and its answer take; half of it the message was under way.
   * @param nowMs this host's clock.
   */
  note(
    node: { readonly nodeId: NodeId; readonly hostname: string },
    clockMs: number,
    roundTripMs: number,
    nowMs: number,
  ): void {
    if (clockMs === 0) return;
    const { nodeId, hostname } = node;
    const skewMs = clockMs + roundTripMs / 2 - nowMs;
    this.#skews.set(nodeId, skewMs);
    if (Math.abs(skewMs) < MAX_SKEW_MS - RELIEF_MS) this.#warned.delete(nodeId);
    if (Math.abs(skewMs) <= MAX_SKEW_MS || this.#warned.has(nodeId)) return;
    this.#warned.add(nodeId);
    const direction = skewMs > 0 ? 'ahead of' : 'behind';
    this.#logger.warn(
      { nodeId, skewMs: Math.round(skewMs) },
      `the clock of ${hostname} is ${Math.abs(skewMs / 1_000).toFixed(1)} s ${direction} that of the head's host, ` +
        `${this.#headHostname}: set both by NTP`,
    );
  }

  forget(nodeId: NodeId): void {
    this.#skews.delete(nodeId);
    this.#warned.delete(nodeId);
  }
}
