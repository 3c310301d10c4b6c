import { ChannelClosedError, InvalidArgumentError, type RayError } from '../../core/index.js';
import type { RendezvousJoin } from '../../rpc/index.js';
import { capitalized, peerText, type RendezvousPeer } from './peer-text.js';
import type { CompareFacts, RendezvousFacts } from './rendezvous-facts.js';

/** What a rank must match to be let in. */
export interface AdmissionRules {
  readonly worldSize: number;
  readonly version: string;
  /** Rank 0's. */
  readonly facts: RendezvousFacts;
  readonly compareFacts: CompareFacts;
}

export interface AdmissionState {
  readonly kind: 'gathering' | 'complete' | 'closing';
  /** Who is there, by rank. */
  readonly seated: ReadonlyMap<number, RendezvousPeer>;
}

/**
 * Why a process may not join, undefined when it may. A {@link ChannelClosedError} means that it may try again: this world is
 * one that ends, and its own has not begun to listen.
 */
export function refusalOf(join: RendezvousJoin, rules: AdmissionRules, state: AdmissionState): RayError | undefined {
  const { self } = join;
  if (!self) return new InvalidArgumentError('A process that joins a rendezvous must say which rank it is.');
  const name = capitalized(peerText(self));
  if (join.version !== rules.version) {
    return new InvalidArgumentError(
      `${name} runs version ${join.version} of ray-ts, but rank 0 runs ${rules.version}. Install the same on all hosts.`,
    );
  }
  if (join.worldSize !== rules.worldSize || self.rank >= rules.worldSize) {
    return new InvalidArgumentError(
      `${name} wants to join a world of ${join.worldSize} ranks, but rank 0 was started for ${rules.worldSize}. Give all ` +
        'ranks the same world size.',
    );
  }
  return refusalOfSeat(self, state) ?? refusalOfFacts(join, name, rules);
}

function refusalOfSeat(self: RendezvousPeer, { kind, seated }: AdmissionState): RayError | undefined {
  const seatedPeer = seated.get(self.rank);
  if (seatedPeer && kind !== 'closing') {
    return new InvalidArgumentError(
      `Rank ${self.rank} is there twice: host ${self.hostname}, pid ${self.pid} wants to be it, but host ` +
        `${seatedPeer.hostname}, pid ${seatedPeer.pid} is. Give every process a rank of its own.`,
    );
  }
  if (kind === 'gathering') return undefined;
  return new ChannelClosedError(`The world that rank ${self.rank} wants to join has all its ranks, or had them.`);
}

function refusalOfFacts({ factsJson }: RendezvousJoin, name: string, rules: AdmissionRules): RayError | undefined {
  const facts = parseFacts(factsJson);
  if (facts === undefined) return new InvalidArgumentError(`${name} sent a configuration that can't be read.`);
  const difference = rules.compareFacts(rules.facts, facts);
  if (difference === undefined) return undefined;
  return new InvalidArgumentError(
    `${name} has another configuration than rank 0: ${difference}. Start all ranks with the same options.`,
  );
}

function parseFacts(json: string): RendezvousFacts | undefined {
  try {
    const { configHash, config } = JSON.parse(json) as Partial<RendezvousFacts>;
    return typeof configHash === 'string' && typeof config === 'object' && config !== null
      ? { configHash, config }
      : undefined;
  } catch {
    return undefined; // no JSON: said by the caller, with the rank's name
  }
}
