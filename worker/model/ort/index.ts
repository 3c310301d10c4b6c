/**
 * ONNX Runtime's C API through koffi, as four small things: {@link Session} (a loaded graph), {@link Tensor} (a shape
 * over an address), {@link Binding} (which tensors a run reads and writes) and {@link Memory} (addresses to put them at).
 *
 * The library is the one inside onnxruntime-node. Its own JavaScript is not used: it copies every output of a run, also
 * those bound to memory of ours, and gives every session a thread pool of its own. Only this folder knows koffi and
 * ONNX Runtime. It knows nothing of models.
 */
export type { Binding } from './binding.js';
export { DeviceAllocator, type DeviceMemory } from './device-memory.js';
export { type OrtEnvironment, openOrtEnvironment, type ThreadPoolOptions } from './environment.js';
export type { ExecutionProvider } from './execution-provider.js';
export type { GraphOptimization } from './graph-optimization.js';
export { copyBytes, Memory, releasePages, trimNativeHeap, viewFloat32 } from './memory.js';
export type { SessionModel } from './native-session.js';
export { optimizeGraph } from './optimize-graph.js';
export { pinThread } from './pin-thread.js';
export type { PlacedMemory } from './placed-memory.js';
export { type HandedSession, Session } from './session.js';
export { Tensor, type TensorSpec } from './tensor.js';
