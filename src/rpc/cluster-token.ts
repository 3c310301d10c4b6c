import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';

/** The secret of a cluster: whoever has it may do anything in it, whoever has not gets nowhere. */
export type ClusterToken = string;

export const createClusterToken = (): ClusterToken => randomBytes(24).toString('base64url');

/** @internal Metadata of a call by a client that holds `token`. */
export function tokenMetadata(token: ClusterToken): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** @internal True when the call's metadata holds `token`; takes the same time whatever the difference. */
export function hasToken(metadata: Metadata, token: ClusterToken): boolean {
  const given = metadata.get('authorization')[0];
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(`Bearer ${token}`));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
