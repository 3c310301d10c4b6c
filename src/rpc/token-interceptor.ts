import { type Metadata, ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder } from '@grpc/grpc-js';
import { UnauthenticatedError } from '../core/index.js';
import { type ClusterToken, hasToken } from './cluster-token.js';
import { toStatus } from './status.js';

/**
 * Refuses calls without the cluster's token when their headers have come: nothing of their messages is read, let alone
 * decoded.
 * @param onAuthenticated called with the peer, as {@link peerName} names it, of every call that is let in.
 */
export function tokenInterceptor(token: ClusterToken, onAuthenticated: (peer: string) => void): ServerInterceptor {
  return (_method, call) => {
    const onReceiveMetadata = (metadata: Metadata, admit: (metadata: Metadata) => void): void => {
      if (!hasToken(metadata, token)) {
        call.sendStatus(toStatus(wrongToken()));
        return;
      }
      onAuthenticated(peerName(call.getConnectionInfo()));
      admit(metadata);
    };
    const listener = new ServerListenerBuilder().withOnReceiveMetadata(onReceiveMetadata).build();
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };
}

/** @internal Tells the connections of a listener apart. */
export function peerName(end: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  return `${end.remoteAddress} ${end.remotePort}`;
}

const wrongToken = (): UnauthenticatedError =>
  new UnauthenticatedError(
    'The cluster token is missing or wrong. Use the token that `ray-ts start --head` printed (RAY_TS_TOKEN or --token-file).',
  );
