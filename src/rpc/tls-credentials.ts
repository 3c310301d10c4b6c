import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import { type ChannelCredentials, credentials, ServerCredentials } from '@grpc/grpc-js';
import { hostAndPortOf, type TlsIdentity } from '../core/index.js';

/**
 * A name that a certificate may hold in place of its host's addresses, for clusters whose hosts share one or are not known
 * when it is made. An authority that signs for others than one cluster's hosts should not give it away.
 */
export const CLUSTER_DNS_NAME = 'ray-ts';

/** A server with `tls` lets in only peers whose certificate comes from its authority. */
export function serverCredentials(tls: TlsIdentity | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
  return ServerCredentials.createSsl(Buffer.from(tls.ca), [pair], true);
}

/**
 * A client with `tls` talks only to a server whose certificate comes from its authority and is for `address`: else any
 * holder of a certificate of that authority could pose as the head and be told the token.
 * @param address host:port.
 */
export function channelCredentials(tls: TlsIdentity | undefined, address: string): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const { host } = hostAndPortOf(address);
  return credentials.createFromSecureContext(createSecureContext(tls), {
    checkServerIdentity: (_serverName, certificate) => checkPeerName(host, certificate),
  });
}

/** @internal Why `certificate` is not good for `host`, undefined when it is. */
export function checkPeerName(host: string, certificate: PeerCertificate): Error | undefined {
  const error = checkServerIdentity(host, certificate);
  return error && checkServerIdentity(CLUSTER_DNS_NAME, certificate) ? error : undefined;
}
