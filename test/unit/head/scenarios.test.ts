/**
 * Transcripts of the head's schedulers, text in and text out: each command of scenarios/*.txt with everything that
 * happened until nothing more did. `UPDATE_TRANSCRIPTS=1` writes what happens now; the diff is to be reviewed.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toError } from '../../../src/core/index.js';
import { HeadLab } from '../../support/head-lab.js';
import { commands } from './scenario-commands.js';

const FOLDER = join(process.cwd(), 'test/unit/head/scenarios');

/** Commands whose answer is worth a line: it comes after what they wait for. */
const ANSWERED = new Set(['remove-group', 'kill', 'kill-to-restart', 'out-of-scope']);

async function perform(lab: HeadLab, line: string): Promise<void> {
  const [name = '', ...words] = line.split(' ');
  const command = commands[name];
  if (!command) throw new Error(`There is no command ${name}.`);
  const args = words.filter((word) => !word.startsWith('+'));
  const pairs = words.filter((word) => word.startsWith('+')).map((word) => /^\+([^=]+)=?(.*)$/.exec(word)!.slice(1));
  const options = Object.fromEntries(pairs.map(([key, value]) => [key, value]));
  const done = (async () => command(lab, { args, options }))().then(
    () => (ANSWERED.has(name) ? lab.note('answered') : undefined),
    (error: unknown) => lab.note(`refused: ${toError(error).message}`),
  );
  await lab.settle();
  // A command that waits for a held answer goes on beside the next ones; time passes before they come.
  if (name === 'wait') await done;
}

/** Runs a transcript and returns it with the output that its commands have now. */
async function replay(transcript: string): Promise<string> {
  const lab = await HeadLab.open();
  const blocks: string[] = [];
  for (const block of transcript.trim().split(/\n\n+/)) {
    const [input = ''] = block.split('\n----');
    for (const line of input.split('\n').filter((text) => text && !text.startsWith('#'))) await perform(lab, line);
    blocks.push(
      input.startsWith('#') && !/^[^#]/m.test(input) ? input : [input, '----', ...lab.takeTrace()].join('\n'),
    );
  }
  lab.close();
  return `${blocks.join('\n\n')}\n`;
}

describe('transcript', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'], now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each(readdirSync(FOLDER))('%s says what happens', async (name) => {
    const path = join(FOLDER, name);
    const before = readFileSync(path, 'utf8');
    const now = await replay(before);
    if (process.env['UPDATE_TRANSCRIPTS']) writeFileSync(path, now);
    else expect(now).toBe(before);
  });
});
