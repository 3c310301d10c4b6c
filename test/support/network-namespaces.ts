import { execFileSync } from 'node:child_process';

/** Two hosts of a network of their own: network namespaces with an address each, joined by a cable. */
export interface NetworkNamespaces {
  readonly names: readonly [string, string];
  readonly addresses: readonly [string, string];
  remove(): void;
}

const run = (command: string): void => {
  const [file, ...args] = command.split(' ');
  execFileSync(file!, args, { stdio: 'pipe' });
};

/** @throws when `ip` is missing or may not make namespaces (it needs root). */
export function createNetworkNamespaces(): NetworkNamespaces {
  const names = [`rts-${process.pid}-a`, `rts-${process.pid}-b`] as const;
  const addresses = ['10.99.0.1', '10.99.0.2'] as const;
  const remove = (): void => {
    for (const name of names) {
      try {
        run(`ip netns del ${name}`);
      } catch {
        // it was never made
      }
    }
  };
  try {
    for (const name of names) run(`ip netns add ${name}`);
    run(
      `ip link add veth-${process.pid}a netns ${names[0]} type veth peer name veth-${process.pid}b netns ${names[1]}`,
    );
    for (const [index, end] of ['a', 'b'].entries()) {
      const inside = `ip netns exec ${names[index]} ip`;
      run(`${inside} addr add ${addresses[index]}/24 dev veth-${process.pid}${end}`);
      run(`${inside} link set veth-${process.pid}${end} up`);
      run(`${inside} link set lo up`);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { names, addresses, remove };
}

/** Why this machine can't have network namespaces; undefined when it can. */
export function whyNoNetworkNamespaces(): string | undefined {
  try {
    createNetworkNamespaces().remove();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
