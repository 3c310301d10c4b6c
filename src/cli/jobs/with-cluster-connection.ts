import { init, shutdown } from '../../api/index.js';
import { JOBS_NAMESPACE } from '../../jobs/job-table.js';

/** Connects this command to the cluster as a driver, for what needs more than a question to its head. */
export async function withClusterConnection<T>(
  address: string | undefined,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const context = await init({ address: address ?? 'auto', namespace: JOBS_NAMESPACE, logToDriver: false });
  try {
    return await use(context.address);
  } finally {
    await shutdown();
  }
}
