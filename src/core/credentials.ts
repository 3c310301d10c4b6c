/** A process's own certificate and key, and the authority that its peers' certificates must come from: PEM texts. */
export interface TlsIdentity {
  /** The certificate, followed by those between it and the authority. */
  readonly cert: string;
  readonly key: string;
  /** One certificate or several. */
  readonly ca: string;
}

/**
 * What a process shows its peers and asks of them, on every connection of a cluster. One record, so that no connection is
 * made with one half and not the other. It holds secrets: it goes from process to process over IPC channels only, never in
 * arguments, logs or messages.
 */
export interface Credentials {
  /** The cluster's secret: whoever has it may do anything in the cluster, whoever has not gets nowhere. */
  readonly token: string;
  /** Undefined: connections are not encrypted. */
  readonly tls?: TlsIdentity | undefined;
}

/** How a process reaches a cluster. */
export interface ClusterAccess {
  /** host:port of the head; several with commas between where it may be at each of them. */
  readonly address: string;
  readonly credentials: Credentials;
}
