import { Argument, Command } from 'commander';
import { InvalidArgumentError } from '../../core/index.js';
import { formatDetail } from '../state/format-rows.js';
import { parseStateResource, readStateTable, type StateResource, stateResources } from '../state/read-state-table.js';
import { addressOption, withHead } from '../with-head.js';

const TIMEOUT_MS = 30_000;

export function getCommand(): Command {
  return new Command('get')
    .description('Show everything that is known of one actor, node, placement group, task, object, worker or job.')
    .addArgument(new Argument('<resource>', stateResources.join(', ')).argParser(parseStateResource))
    .argument('<id>', 'its id, or the first characters of it')
    .addOption(addressOption())
    .action(get);
}

async function get(resource: StateResource, id: string, flags: { readonly address?: string }): Promise<void> {
  const table = await withHead(flags.address, (head) => readStateTable(resource, head, TIMEOUT_MS));
  const found = table.rows.filter((row) => String(row[table.idColumn]).startsWith(id));
  const ids = new Set(found.map((row) => row[table.idColumn]));
  if (ids.size === 0)
    throw new InvalidArgumentError(`There is no ${table.idColumn} ${id}: see ray-ts list ${resource}.`);
  if (ids.size > 1) {
    throw new InvalidArgumentError(
      `${ids.size} ids begin with ${id}: ${[...ids].slice(0, 5).join(', ')}. Give more of it.`,
    );
  }
  process.stdout.write(found.map(formatDetail).join('---\n'));
}
