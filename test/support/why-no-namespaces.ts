import { runCommand } from './run-command.js';

/** Everything that a multi-host lab asks of a machine, in namespaces that end with the command. */
const PROBE = `
  for tool in nsenter bridge; do command -v $tool >/dev/null || { echo "there is no $tool" >&2; exit 1; }; done
  ip link add switch type bridge && ip link add eth0 type veth peer name port0 && mount -t tmpfs tmpfs /dev/shm`;

/** Why this machine can't act as several hosts; undefined when it can. */
export function whyNoNamespaces(): string | undefined {
  try {
    runCommand(['unshare', '--net', '--mount', '--uts', 'sh', '-ec', PROBE]);
    return undefined;
  } catch (error) {
    const { message, stderr } = error as Error & { readonly stderr?: string };
    return `it needs root and Debian's iproute2 and util-linux on Linux (${(stderr || message).trim()})`;
  }
}
