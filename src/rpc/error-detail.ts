import { createRayError, type ErrorDetails, RayError, TaskError, toError } from '../core/index.js';
import type { ErrorDetail } from './generated/rayts.js';

const MAX_CAUSES = 8;
const SCALARS = new Set(['string', 'number', 'boolean']);

/** An error as it travels. A foreign error becomes a TaskError that keeps its name, message and stack as text. */
export function toErrorDetail(value: unknown, depth = 0): ErrorDetail {
  const error = value instanceof RayError ? value : taskErrorOf(toError(value));
  return {
    code: error.code,
    message: wellFormed(error.message),
    detailsJson: JSON.stringify(error.details),
    cause: error.cause === undefined || depth >= MAX_CAUSES ? null : toErrorDetail(error.cause, depth + 1),
  };
}

/** Rebuilds the error that {@link toErrorDetail} described. */
export function fromErrorDetail(detail: ErrorDetail): RayError {
  return createRayError(detail.code, detail.message, {
    details: parseDetails(detail.detailsJson),
    ...(detail.cause ? { cause: fromErrorDetail(detail.cause) } : {}),
  });
}

function taskErrorOf(error: Error): TaskError {
  return new TaskError(`${error.name}: ${error.message}`, {
    cause: error.cause,
    details: {
      remoteName: error.name,
      remoteMessage: error.message,
      remoteStack: error.stack ?? '',
      remoteClasses: classesOf(error).join(' '),
    },
  });
}

/** The names of the error's class and its bases, for callers who retry by class. */
function classesOf(error: Error): string[] {
  const names: string[] = [];
  for (let prototype = Object.getPrototypeOf(error); prototype; prototype = Object.getPrototypeOf(prototype)) {
    const { name } = prototype.constructor ?? {};
    if (typeof name === 'string' && name !== 'Object') names.push(name);
  }
  return names;
}

/** Half of a surrogate pair, which protobuf's strings can't carry, becomes U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

function parseDetails(json: string): ErrorDetails {
  try {
    const details: unknown = JSON.parse(json || '{}');
    if (isDetails(details)) return details;
  } catch {
    // As for details of another form: an error about an error would hide the first one.
  }
  return { unreadableDetails: json };
}

/** By hand: a library of schemas would be a sixth of what every worker process loads. */
function isDetails(value: unknown): value is ErrorDetails {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((detail) => detail === null || SCALARS.has(typeof detail));
}
