import { Command, Option } from 'commander';
import { parseInteger } from '../parse-values.js';
import { workerTable } from '../state/cluster-tables.js';
import { formatMemory, type MemoryUnit, type MemoryView, memoryUnits } from '../state/format-memory.js';
import { readObjects } from '../state/read-state-table.js';
import { addressOption, withHead } from '../with-head.js';

interface MemoryFlags {
  readonly units: MemoryUnit;
  readonly sortBy: MemoryView['sortBy'];
  readonly numEntries?: number;
  readonly statsOnly?: true;
  readonly address?: string;
}

const TIMEOUT_MS = 10_000;

export function memoryCommand(): Command {
  return new Command('memory')
    .description(
      "Show what fills the nodes' object stores, and who owns it. Values of at most 100 KiB are not in them.",
    )
    .addOption(new Option('--units <unit>').choices(memoryUnits).default('MB'))
    .addOption(new Option('--sort-by <column>').choices(['OBJECT_SIZE', 'OWNER']).default('OBJECT_SIZE'))
    .option('-n, --num-entries <n>', 'objects shown per node (default: all)', parseInteger)
    .option('--stats-only', 'only how full each store is')
    .addOption(addressOption())
    .action(memory);
}

async function memory(flags: MemoryFlags): Promise<void> {
  await withHead(flags.address, async (head) => {
    const state = await head.client.call('getClusterState', {}, TIMEOUT_MS);
    const workers = new Map(
      workerTable(state).rows.map((row) => [
        String(row['worker_id']),
        `pid ${row['pid']} on ${row['hostname']} (${row['runs']})`,
      ]),
    );
    const view: MemoryView = {
      unit: flags.units,
      sortBy: flags.sortBy,
      numEntries: flags.numEntries,
      statsOnly: flags.statsOnly ?? false,
      describeWorker: (workerId) => workers.get(workerId) ?? `worker ${workerId}`,
    };
    process.stdout.write(formatMemory(await readObjects(state.nodes, head, TIMEOUT_MS), view));
  });
}
