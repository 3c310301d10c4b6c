import { hasWeights } from './cached-snapshot.js';
import { fetchSnapshot } from './fetch-snapshot.js';
import type { HubModel } from './hub-model.js';
import { readHubSettings } from './hub-settings.js';

/** What a rank on any host needs to get at a hub's model; `token` is the driver's, for hosts that have none. */
export interface HubWeights {
  readonly model: HubModel;
  readonly token: string | undefined;
}

/**
 * The folder with a model's weights on this host: the driver's, where it is the same host or a shared disk, else this host's own
 * cache, which the first of its ranks fills while the others wait.
 * @throws {ModelLoadError} when they can't be fetched.
 */
export async function locateWeights(
  driverPath: string,
  { model, token }: HubWeights,
  onFraction: (fraction: number) => void,
): Promise<string> {
  if (await hasWeights(driverPath)) return driverPath;
  const own = readHubSettings(model.downloadDir);
  const settings = { ...own, token: own.token ?? token, endpoint: model.endpoint };
  return (await fetchSnapshot(model, { fileSet: 'weights', settings, onFraction })).path;
}
