import { Argument, Command, Option } from 'commander';
import { parseInteger } from '../parse-values.js';
import { filterRows, parseFilter, type RowFilter } from '../state/filter-rows.js';
import { formatRows, type RowFormat, rowFormats } from '../state/format-rows.js';
import { parseStateResource, readStateTable, type StateResource, stateResources } from '../state/read-state-table.js';
import type { StateRow, StateTable } from '../state/state-row.js';
import { addressOption, withHead } from '../with-head.js';

interface ListFlags {
  readonly filter: readonly RowFilter[];
  readonly format: RowFormat;
  readonly limit: number;
  readonly detail?: true;
  readonly timeout: number;
  readonly address?: string;
}

const MAX_LIMIT = 10_000;

export function listCommand(): Command {
  return new Command('list')
    .description('List what is in the cluster now: actors, nodes, placement groups, tasks, objects, workers or jobs.')
    .addArgument(new Argument('<resource>', stateResources.join(', ')).argParser(parseStateResource))
    .option(
      '-f, --filter <condition>',
      'column=value or column!=value; may be given several times, and all must hold',
      (text: string, before: readonly RowFilter[]) => [...before, parseFilter(text)],
      [] as readonly RowFilter[],
    )
    .addOption(new Option('--format <format>').choices(rowFormats).default('default'))
    .option('--limit <n>', `at most so many rows, up to ${MAX_LIMIT}`, parseInteger, 100)
    .option('--detail', 'every column there is')
    .option('--timeout <seconds>', 'how long to wait for an answer', parseInteger, 30)
    .addOption(addressOption())
    .addHelpText(
      'after',
      `
Examples:
  ray-ts list actors --filter state=ALIVE
  ray-ts list placement-groups          # with what a pending group waits for, and who holds it
  ray-ts list tasks --filter state=FAILED --detail --format yaml`,
    )
    .action(list);
}

async function list(resource: StateResource, flags: ListFlags): Promise<void> {
  const table = await withHead(flags.address, (head) => readStateTable(resource, head, flags.timeout * 1_000));
  const rows = filterRows(table, flags.filter);
  const shown = rows.slice(0, Math.min(flags.limit, MAX_LIMIT));
  const columns = flags.detail ? allColumns(table) : table.columns;
  const text = formatRows(shown, columns, flags.format);
  const isForPeople = flags.format === 'default' || flags.format === 'table';
  process.stdout.write(isForPeople ? `${heading(rows.length, shown.length)}${text}` : text);
  for (const warning of table.warnings) process.stderr.write(`Warning: ${warning}\n`);
}

function heading(numRows: number, numShown: number): string {
  const total = numShown < numRows ? `${numShown} of ${numRows} (--limit shows more)` : String(numRows);
  return `======== List: ${new Date().toISOString()} ========\nTotal: ${total}\n\n`;
}

function allColumns({ columns, rows }: StateTable): string[] {
  const rest = new Set(rows.flatMap((row: StateRow) => Object.keys(row)));
  return [...columns, ...[...rest].filter((column) => !columns.includes(column))];
}
