/**
 * Process groups: how the ranks of a world find each other, which of them belong together, and what they do together. Knows
 * nothing of models or engines.
 */
export {
  coordinatesOf,
  type GroupKind,
  groupKinds,
  layOutGroups,
  type RankCoordinates,
  type RankLayout,
} from './rank-layout.js';
export { type JoinRendezvousOptions, joinRendezvous } from './rendezvous/join-rendezvous.js';
export type { RendezvousPeer } from './rendezvous/peer-text.js';
export type { PeerGone, Rendezvous, WaitOption } from './rendezvous/rendezvous.js';
export { rendezvousCredentials } from './rendezvous/rendezvous-credentials.js';
export { type CompareFacts, compareConfigs, type RendezvousFacts } from './rendezvous/rendezvous-facts.js';
