export interface HostAndPort {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** NaN where there is none, or what stands there is no number. */
  readonly port: number;
}

/** The two parts of host:port. The last colon parts them: an IPv6 address has others, with brackets around it or without. */
export function hostAndPortOf(address: string): HostAndPort {
  const [, host = address, port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: port === '' ? Number.NaN : Number(port) };
}
