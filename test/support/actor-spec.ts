import { type ActorSpec, type Draft, messageCodec } from '../../src/rpc/index.js';

const codec = messageCodec<ActorSpec>('ActorSpec');

/** A spec as it is received: what the draft leaves out has its default. */
export const actorSpec = (draft: Draft<ActorSpec>): ActorSpec => codec.decode(codec.encode(draft));
