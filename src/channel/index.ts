/**
 * Channels: how tensors and step plans go from one process to another. A ring carries frames in order from one writer to
 * one reader through shared memory, and a bridge carries it on to another host over any stream of messages; the ends
 * can't tell. A tensor-parallel group is where the ranks of one stage add up their partial sums. Nothing here knows what
 * the frames mean, or gRPC.
 */
export { holdAgentLock, removeDeadSegments } from './agent-lock.js';
export {
  type AsyncRingReader,
  type AsyncRingWriter,
  attachAsyncRingReader,
  attachAsyncRingWriter,
} from './async-ring.js';
export { type FrameStream, pumpRingToStream, pumpStreamToRing } from './bridge.js';
export { connectRemoteRing, type RemoteRing, serveRemoteRing } from './bridge-stream.js';
export type { UnsentFrame } from './frame.js';
export { hostId } from './host-id.js';
export { tryLockFile } from './lock-file.js';
export { holdObjectFile, isObjectFileHeld, MappedObjectFile } from './object-file.js';
export { ObjectFileWriter } from './object-file-writer.js';
export type { FrameDtype, RingReader, RingWriter, TensorFrame, WaitOptions } from './ring.js';
export { type CreateRingOptions, createRing, removeRing } from './ring-memory.js';
export { removeSegments, segmentPath } from './segment-path.js';
export {
  attachTensorParallelGroup,
  createTensorParallelGroup,
  removeTensorParallelGroup,
  type TensorParallelGroupOptions,
} from './shared-memory-group.js';
export { type AttachRingOptions, attachRingReader, attachRingWriter } from './shared-memory-ring.js';
export { slotRingBytes } from './slot-transfer.js';
export { type GroupLink, type GroupLinks, joinTensorParallelGroup } from './spanning-tensor-parallel-group.js';
export { chooseSpinMicroseconds } from './spin-time.js';
export type { MemoryRegion, TensorParallelGroup, TensorParallelLayout } from './tensor-parallel-group.js';
export { WarmMappings } from './warm-mappings.js';
