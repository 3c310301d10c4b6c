import { Argument, Command } from 'commander';
import { formatTable } from '../state/format-rows.js';
import { readStateTable } from '../state/read-state-table.js';
import { summarizeRows } from '../state/summarize-rows.js';
import { addressOption, withHead } from '../with-head.js';

const TIMEOUT_MS = 30_000;

/** By what the rows of each resource are grouped, and what is counted within a group. */
const groupings = {
  tasks: { group: 'name', state: 'state' },
  actors: { group: 'class_name', state: 'state' },
  objects: { group: 'node_id', state: 'state' },
} as const;

type Summarized = keyof typeof groupings;

export function summaryCommand(): Command {
  return new Command('summary')
    .description('Count tasks by name, actors by class, or objects by node, in each of their states.')
    .addArgument(new Argument('<resource>').choices(Object.keys(groupings)))
    .addOption(addressOption())
    .action(summary);
}

async function summary(resource: Summarized, flags: { readonly address?: string }): Promise<void> {
  const { group, state } = groupings[resource];
  const table = await withHead(flags.address, (head) => readStateTable(resource, head, TIMEOUT_MS));
  const groups = summarizeRows(table.rows, group, state);
  const rows = groups.map((entry) => ({
    [group]: entry.group || '(none)',
    total: entry.total,
    state_counts: Object.entries(entry.states)
      .map(([name, count]) => `${name}: ${count}`)
      .join(', '),
  }));
  const total = groups.reduce((sum, entry) => sum + entry.total, 0);
  process.stdout.write(`======== Summary of ${resource}: ${new Date().toISOString()} ========\nTotal: ${total}\n\n`);
  process.stdout.write(formatTable(rows, [group, 'total', 'state_counts']));
  for (const warning of table.warnings) process.stderr.write(`Warning: ${warning}\n`);
}
