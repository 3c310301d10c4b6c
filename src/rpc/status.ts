import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import {
  DeadlineExceededError,
  InternalError,
  RayError,
  type RayErrorCode,
  toError,
  UnauthenticatedError,
} from '../core/index.js';
import { fromErrorDetail, toErrorDetail } from './error-detail.js';
import type { ErrorDetail } from './generated/rayts.js';
import { messageCodec } from './service-definition.js';

const DETAIL_KEY = 'rayts-error-bin';
/** Trailers share one HTTP/2 header list of 64 KiB; the detail takes a third more there, and a message up to three times. */
const MAX_STATUS_MESSAGE_BYTES = 2_000;
const MAX_DETAIL_BYTES = 32_000;

const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

const statusOfCode: Partial<Record<RayErrorCode, status>> = {
  RAY_INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  RAY_UNAUTHENTICATED: status.UNAUTHENTICATED,
  RAY_PLACEMENT_GROUP_REMOVED: status.NOT_FOUND,
  RAY_ACTOR_UNAVAILABLE: status.UNAVAILABLE,
  RAY_STORE_UNAVAILABLE: status.UNAVAILABLE,
  RAY_GET_TIMEOUT: status.DEADLINE_EXCEEDED,
  RAY_DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  RAY_STALE_EPOCH: status.ABORTED,
  RAY_INTERNAL: status.INTERNAL,
};

/** How a failed handler answers: a gRPC status, with the whole error as a typed detail in the trailers. */
export function toStatus(value: unknown): StatusObject {
  const detail = toErrorDetail(value);
  const metadata = new Metadata();
  const bytes = detailCodec.encode(detail);
  metadata.set(DETAIL_KEY, bytes.length <= MAX_DETAIL_BYTES ? bytes : detailCodec.encode(shortened(detail)));
  return {
    code: statusOfCode[detail.code as RayErrorCode] ?? status.FAILED_PRECONDITION,
    details: cutToBytes(detail.message, MAX_STATUS_MESSAGE_BYTES),
    metadata,
  };
}

/** Makes the error for an unreachable peer; each kind of peer has its own class. */
export type UnavailableError = (message: string, cause: unknown) => RayError;

/** The ray-ts error that a failed call stands for. */
export function fromStatus(value: unknown, peer: string, unavailable: UnavailableError): RayError {
  if (value instanceof RayError) return value;
  const error = toError(value) as ServiceError;
  const typed = typedDetail(error.metadata);
  if (typed) return typed;
  const text = error.details || error.message;
  switch (error.code) {
    case status.UNAUTHENTICATED:
      return new UnauthenticatedError(text, { cause: error });
    case status.DEADLINE_EXCEEDED:
      return deadlineExceeded(peer, text, error);
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return unavailable(`${peer} can't be reached: ${text}.`, error);
    default:
      return new InternalError(`Call to ${peer} failed: ${text}`, { cause: error });
  }
}

/** A peer took too long. */
export function deadlineExceeded(peer: string, text: string, cause?: unknown): DeadlineExceededError {
  return new DeadlineExceededError(`${peer} did not answer in time: ${text}. The call may have run.`, { cause });
}

function typedDetail(metadata: Metadata | undefined): RayError | undefined {
  const bytes = metadata?.get(DETAIL_KEY)[0];
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    return fromErrorDetail(detailCodec.decode(bytes));
  } catch {
    return undefined; // damaged: the status itself still says what happened
  }
}

function shortened(detail: ErrorDetail): ErrorDetail {
  return { code: detail.code, message: cutToBytes(detail.message, MAX_DETAIL_BYTES / 2), detailsJson: '{}' };
}

/** Whole characters: gRPC throws on the half of a surrogate pair that `slice` can leave. */
function cutToBytes(text: string, maxBytes: number): string {
  return Buffer.from(text).subarray(0, maxBytes).toString();
}
