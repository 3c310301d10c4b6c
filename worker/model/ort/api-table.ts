/**
 * Where each function that we call lies in ONNX Runtime's `OrtApi` table. The table is a stable ABI: every release
 * appends to it and none ever moves or removes an entry, so an index holds for all releases from the one that brought
 * it. Source: the order of the members of `struct OrtApi` in onnxruntime_c_api.h.
 */
export const ortApiIndices = {
  GetErrorCode: 1,
  GetErrorMessage: 2,
  CreateSessionFromArray: 8,
  RunWithBinding: 133,
  CreateSessionOptions: 10,
  SetOptimizedModelFilePath: 11,
  SetSessionGraphOptimizationLevel: 23,
  CreateTensorWithDataAsOrtValue: 49,
  CreateMemoryInfo: 68,
  CreateCpuMemoryInfo: 69,
  AllocatorAlloc: 75,
  AllocatorFree: 76,
  ReleaseStatus: 93,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseSessionOptions: 100,
  CreateEnvWithGlobalThreadPools: 119,
  DisablePerSessionThreads: 120,
  CreateThreadingOptions: 121,
  ReleaseThreadingOptions: 122,
  AddSessionConfigEntry: 130,
  CreateAllocator: 131,
  ReleaseAllocator: 132,
  CreateIoBinding: 134,
  ReleaseIoBinding: 135,
  BindInput: 136,
  BindOutput: 137,
  CreateAndRegisterAllocator: 144,
  SetGlobalIntraOpNumThreads: 147,
  SetGlobalInterOpNumThreads: 148,
  SetGlobalSpinControl: 149,
  SessionOptionsAppendExecutionProvider: 216,
  AddExternalInitializersFromFilesInMemory: 279,
} as const;

export type OrtFunctionName = keyof typeof ortApiIndices;

/**
 * The version of the table that is asked for: the first one with every function above. A library that is older answers
 * with a null table; a newer one serves it forever.
 */
export const ORT_API_VERSION = 18;
