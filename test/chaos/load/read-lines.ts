import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadRecord } from './load-record.js';

/** What all drivers of a run have recorded. The last line of a driver that was killed may be cut short: it is left out. */
export const readRecords = (directory: string): LoadRecord[] =>
  readLines(directory, (name) => name.endsWith('.records')).map((line) => JSON.parse(line) as LoadRecord);

/** The ids that the actors of one promise have written. */
export const readEffects = (directory: string, promise: string): string[] =>
  readLines(directory, (name) => name.startsWith(`${promise}-`) && name.endsWith('.effects'));

function readLines(directory: string, isWanted: (name: string) => boolean): string[] {
  const files = readdirSync(directory).filter(isWanted);
  return files.flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1));
}
