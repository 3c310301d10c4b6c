import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  ChannelClosedError,
  type Credentials,
  createLogger,
  DeadlineExceededError,
  hostAndPortOf,
  InvalidArgumentError,
  type RayError,
  sleep,
  toError,
} from '../../core/index.js';
import { packageVersion } from '../../process/index.js';
import { RpcClient, RpcServer } from '../../rpc/index.js';
import type { Rendezvous } from './rendezvous.js';
import { rendezvousCredentials } from './rendezvous-credentials.js';
import { type CompareFacts, compareConfigs, type RendezvousFacts } from './rendezvous-facts.js';
import { RendezvousHost } from './rendezvous-host.js';
import { RendezvousMember } from './rendezvous-member.js';

const logger = createLogger('rendezvous');

const RETRY_MS = 200;
const PROGRESS_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 300_000;

export interface JoinRendezvousOptions {
  readonly rank: number;
  readonly worldSize: number;
  /** host:port, the same for all. Rank 0 listens there; port 0 lets the system choose, for which see `onListening`. */
  readonly address: string;
  /** Default RAY_TS_TOKEN and RAY_TS_TLS_…; without a token ranks meet at loopback addresses only. */
  readonly credentials?: Credentials;
  readonly facts: RendezvousFacts;
  /** Default {@link compareConfigs}. */
  readonly compareFacts?: CompareFacts;
  /** For everybody to come, and for every wait after that unless it says otherwise. Default 5 minutes. */
  readonly timeoutMs?: number;
  /** At rank 0, once it listens: whoever starts the other ranks learns the port here. */
  readonly onListening?: (address: string) => void;
}

type Joining = Required<Omit<JoinRendezvousOptions, 'onListening'>>;

/**
 * Meets the other ranks of a world. Rank 0 listens at the address, the others come to it, and try again while nobody listens.
 * Resolves when all are there.
 *
 * @throws {DeadlineExceededError} naming the ranks that did not come in time.
 * @throws {InvalidArgumentError} when this rank is refused: another world size, version or configuration, or a rank that
 *   another process is.
 * @throws {UnauthenticatedError} for another token.
 */
export async function joinRendezvous(options: JoinRendezvousOptions): Promise<Rendezvous> {
  const { credentials = rendezvousCredentials(options.address), onListening } = options;
  const { compareFacts = compareConfigs, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const joining: Joining = { ...options, credentials, compareFacts, timeoutMs };
  requirePlace(joining);
  if (joining.rank !== 0) return meet(joining, async () => undefined);
  const { address, close } = await openHost(joining);
  try {
    onListening?.(address);
    return await meet({ ...joining, address }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function requirePlace({ rank, worldSize, address }: Joining): void {
  if (!Number.isInteger(worldSize) || worldSize < 1 || !Number.isInteger(rank) || rank < 0 || rank >= worldSize) {
    throw new InvalidArgumentError(
      `A rank must be from 0 to before the size of its world, got ${rank} of ${worldSize}.`,
    );
  }
  const { host, port } = hostAndPortOf(address);
  if (host !== '' && !Number.isNaN(port) && (port > 0 || rank === 0)) return;
  throw new InvalidArgumentError(`The ranks need a host:port to meet at, got ${address} at rank ${rank}.`);
}

async function openHost(joining: Joining): Promise<{ address: string; close: () => Promise<void> }> {
  const { address, credentials, worldSize, facts, compareFacts } = joining;
  const { host: name, port } = hostAndPortOf(address);
  const rules = { worldSize, facts, compareFacts, version: packageVersion };
  const host = new RendezvousHost(rules, randomBytes(14).toString('hex'));
  const server = new RpcServer(credentials);
  server.addService('RendezvousService', { meet: (stream) => host.serve(stream) });
  const chosen = await server.listen(name, port).catch((error: unknown) => {
    const reason = toError(error).message;
    throw new InvalidArgumentError(`Rank 0 can't listen at ${address}, where the ranks are to meet. ${reason}`, {
      cause: error,
    });
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= host.close().then(() => server.close());
    return closed;
  };
  return { address: address.replace(/\d+$/, String(chosen)), close };
}

async function meet(joining: Joining, closeHost: () => Promise<void>): Promise<Rendezvous> {
  const { rank, worldSize, address, credentials } = joining;
  const client = new RpcClient('RendezvousService', {
    address,
    credentials,
    peer: `Rank 0 at ${address}`,
    unavailable: (message, cause) => new ChannelClosedError(message, { cause }),
  });
  const release = async (): Promise<void> => {
    client.close();
    await closeHost();
  };
  const wait: Wait = { missing: [], lastError: undefined };
  const progress = setInterval(() => {
    logger.info({ rank, address }, `rank ${rank} of ${worldSize} waits: ${whatIsMissing(address, wait)}`);
  }, PROGRESS_MS);
  try {
    return await tryUntilComplete(client, joining, release, wait);
  } catch (error) {
    client.close();
    throw error;
  } finally {
    clearInterval(progress);
  }
}

/** What a rank knows while it waits for the others. */
interface Wait {
  /** Ranks, in words; none while rank 0 does not answer. */
  missing: readonly string[];
  lastError: RayError | undefined;
}

async function tryUntilComplete(
  client: RpcClient<'RendezvousService'>,
  joining: Joining,
  release: () => Promise<void>,
  wait: Wait,
): Promise<Rendezvous> {
  const { rank, worldSize, address, timeoutMs, facts } = joining;
  const deadline = performance.now() + timeoutMs;
  const self = { rank, hostname: hostname(), pid: process.pid };
  const onWaiting = (missing: readonly string[]): void => {
    wait.missing = missing;
  };
  for (;;) {
    const stream = client.stream('meet');
    const member = new RendezvousMember({ stream, rank, worldSize, address, timeoutMs, onWaiting, release });
    void stream.send({ join: { self, worldSize, version: packageVersion, factsJson: JSON.stringify(facts) } });
    try {
      await within(deadline, member.complete.promise, () => tooLate(joining, wait));
      return member;
    } catch (error) {
      stream.close(error);
      if (!(error instanceof ChannelClosedError)) throw error;
      wait.missing = [];
      wait.lastError = error;
    }
    await within(deadline, sleep(RETRY_MS), () => tooLate(joining, wait));
  }
}

async function within(deadline: number, work: Promise<void>, tooLate: () => RayError): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), Math.max(0, deadline - performance.now()));
  });
  try {
    await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

const whatIsMissing = (address: string, { missing, lastError }: Wait): string =>
  missing.length > 0
    ? `${missing.join(', ')} did not come`
    : `rank 0 does not answer at ${address}${lastError ? ` (${lastError.message})` : ''}`;

function tooLate({ rank, worldSize, address, timeoutMs }: Joining, wait: Wait): DeadlineExceededError {
  return new DeadlineExceededError(
    `Rank ${rank} waited ${timeoutMs} ms for the world of ${worldSize} ranks that meets at ${address}: ` +
      `${whatIsMissing(address, wait)}. Start every rank with the same address and world size.`,
    { details: { rank, worldSize, address }, ...(wait.lastError ? { cause: wait.lastError } : {}) },
  );
}
