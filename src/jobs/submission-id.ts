import { randomInt } from 'node:crypto';
import { InvalidArgumentError } from '../core/index.js';

/** Without those that people take for each other: ids are read aloud. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const RANDOM_LENGTH = 16;
/** It becomes part of the names of a file and an actor. */
const FORM = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** An id as Ray's: `raysubmit_` and 16 random characters. */
export function createSubmissionId(): string {
  const characters = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `raysubmit_${characters.join('')}`;
}

/** @throws {InvalidArgumentError} for what can't be an id. */
export function requireSubmissionId(id: string): void {
  if (FORM.test(id)) return;
  throw new InvalidArgumentError(
    `A submission id has up to 128 letters, digits, and '_', '.', '-' after the first; got ${JSON.stringify(id)}.`,
  );
}
