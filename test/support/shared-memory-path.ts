import { randomUUID } from 'node:crypto';

/** A path in /dev/shm that no other test uses. */
export const uniqueSharedMemoryPath = (): string => `/dev/shm/ray-ts-test-${randomUUID()}`;
