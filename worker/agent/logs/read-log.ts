import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from '../../../src/core/index.js';
import type { MessageStream, ReadLogRequest, ReadLogResponse } from '../../../src/rpc/index.js';
import { LineSplitter } from './line-splitter.js';

const CHUNK_BYTES = 256 * 1024;
const FOLLOW_MS = 200;
const NEWLINE = 0x0a;

type LogStream = MessageStream<ReadLogRequest, ReadLogResponse>;

/** What is read; a later message may end the following. */
interface Reading {
  readonly fileName: string;
  readonly tail: number;
  follow: boolean;
}

/**
 * Answers a ReadLog stream: the names of this node's log files, or the lines of one. Its first message says which; a second
 * one without `follow` asks for what is there by then, and no more.
 */
export function readLog(stream: LogStream, folder: string): void {
  let reading: Reading | undefined;
  stream.receive(({ fileName, tail, follow }) => {
    if (reading) {
      reading.follow &&= follow;
      return;
    }
    reading = { fileName, tail, follow };
    answer(stream, folder, reading).then(
      () => stream.close(),
      (error: unknown) => stream.close(error),
    );
  });
}

async function answer(stream: LogStream, folder: string, reading: Reading): Promise<void> {
  const fileNames = await listLogs(folder);
  if (reading.fileName === '') {
    await stream.send({ fileNames });
    return;
  }
  // Only what is listed is read: no path leads out of the folder.
  if (!fileNames.includes(reading.fileName)) {
    throw new InvalidArgumentError(
      `This node has no log file ${JSON.stringify(reading.fileName)}. Ask without a name for the list of them.`,
    );
  }
  await sendLines(stream, join(folder, reading.fileName), reading);
}

/** Regular files only: a link would lead elsewhere. */
async function listLogs(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

async function sendLines(stream: LogStream, path: string, reading: Reading): Promise<void> {
  const file = await open(path, 'r');
  try {
    let position = reading.tail < 0 ? 0 : await startOfTail(file, reading.tail);
    const splitter = new LineSplitter();
    position = await sendNew(stream, file, position, splitter);
    while (reading.follow && !stream.isEnded) {
      await sleep(FOLLOW_MS);
      position = await sendNew(stream, file, position, splitter);
    }
    await sendNew(stream, file, position, splitter);
    const lines = splitter.flush();
    if (lines.length > 0) await stream.send({ lines });
  } finally {
    await file.close();
  }
}

/** Where the last `count` lines begin. */
async function startOfTail(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(CHUNK_BYTES);
  // The newline that ends the last line begins none; without one the last line is the one that is being written.
  let numNewlines = -1;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    await file.read(bytes, 0, end - start, start);
    if (end === size && bytes[end - start - 1] !== NEWLINE) numNewlines = 0;
    for (let at = end - start - 1; at >= 0; at--) {
      if (bytes[at] !== NEWLINE) continue;
      numNewlines++;
      if (numNewlines === count) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

/** @returns where the file ends now; a file that was emptied is read from its start again. */
async function sendNew(stream: LogStream, file: FileHandle, position: number, splitter: LineSplitter): Promise<number> {
  const { size } = await file.stat();
  let at = size < position ? 0 : position;
  const bytes = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(0, size - at)));
  while (at < size && !stream.isEnded) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    const lines = splitter.push(Buffer.from(bytes.subarray(0, bytesRead)));
    if (lines.length > 0) await stream.send({ lines });
  }
  return at;
}
