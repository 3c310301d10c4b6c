import { skipLoudly } from './skip-loudly.js';
import { whyNoNamespaces } from './why-no-namespaces.js';

let missing: { readonly reason: string | undefined } | undefined;

/** A describe block for tests that need several hosts; left out loudly where the machine can't act as several. */
export function describeWithHosts(name: string, body: () => void): void {
  missing ??= { reason: whyNoNamespaces() };
  if (missing.reason === undefined) describe(name, body);
  else skipLoudly(name, missing.reason);
}
