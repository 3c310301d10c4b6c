/** The process that is a rank of a world. */
export interface RendezvousPeer {
  readonly rank: number;
  readonly hostname: string;
  readonly pid: number;
}

/** "rank 2 (host b, pid 77)" */
export const peerText = ({ rank, hostname, pid }: RendezvousPeer): string =>
  `rank ${rank} (host ${hostname}, pid ${pid})`;

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
