import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { readTrace } from '../../api/index.js';
import { addressOption, withHead } from '../with-head.js';

export function timelineCommand(): Command {
  return new Command('timeline')
    .description('Write when each task and actor call ran, where, as a trace for chrome://tracing or ui.perfetto.dev.')
    .option('-o, --output <file>', 'default: ray-ts-timeline-TIME.json in the temporary directory')
    .addOption(addressOption())
    .action(timeline);
}

async function timeline(flags: { readonly output?: string; readonly address?: string }): Promise<void> {
  const { trace, numDropped } = await withHead(flags.address, ({ client }) => readTrace(client));
  if (numDropped > 0) process.stderr.write(`Warning: ${numDropped} task events were dropped before they were read.\n`);
  const path = flags.output ?? join(tmpdir(), `ray-ts-timeline-${new Date().toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(path, JSON.stringify(trace));
  const numRuns = trace.filter((event) => event.ph === 'X').length;
  process.stdout.write(`${numRuns} runs written to ${path}. Open it in chrome://tracing or https://ui.perfetto.dev.\n`);
}
