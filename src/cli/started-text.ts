import type { StartedHead } from '../api/index.js';
import { type Resources, shortId } from '../core/index.js';
import { describeOffer } from './node-flags.js';

/**
 * What `ray-ts start --head` prints. The token stands in the environment of the commands, where other users of a machine
 * don't see it; arguments they do.
 * @param ownToken a token that the user gave is known to them, and need not stand in a terminal's or container's log.
 */
export function startedText(
  head: Pick<StartedHead, 'clusterId' | 'address' | 'store' | 'session' | 'token' | 'tls'>,
  resources: Resources,
  ownToken: 'given' | 'made',
): string {
  const token = ownToken === 'given' ? 'THE_TOKEN_YOU_GAVE' : head.token;
  const tlsFlags = head.tls ? ' --tls-cert=CERT.pem --tls-key=KEY.pem --tls-ca=CA.pem' : '';
  return `Cluster ${shortId(head.clusterId)} runs at ${head.address}${head.tls ? ', with TLS' : ''}.
  state in      ${head.store}
  this node has ${describeOffer(resources)}
  logs in       ${head.session.logs}

To join it from another machine:
  RAY_TS_TOKEN=${token} ray-ts start --address=${head.address}${tlsFlags}
To run a program on it:
  ray-ts run driver.ts           # here; elsewhere with RAY_TS_ADDRESS and RAY_TS_TOKEN${head.tls ? ' and RAY_TS_TLS_*' : ''} set
To look at it, and to stop it:
  ray-ts status
  ray-ts stop`;
}
