/** What places the ranks of an engine, of those that exist. */
const EXECUTOR_BACKENDS = ['ray', 'mp', 'uni', 'external_launcher'] as const;

export type ExecutorBackendName = (typeof EXECUTOR_BACKENDS)[number];

/** A class of a module, as `path/to/file.ts:ClassName`. */
export type ModuleClassPath = `${string}:${string}`;

/**
 * A class of launchers ({@link ExecutorLauncher}, whose module is told by what takes this): `launch(config, hooks)` places
 * the ranks. One that takes several pipeline stages says so in a static field.
 */
export interface ExecutorLauncherClass {
  new (): { launch(config: never, hooks: never): Promise<unknown> };
  readonly supportsPp?: boolean;
}

export type ExecutorBackend = ExecutorBackendName | ModuleClassPath | ExecutorLauncherClass;

const MODULE_CLASS_PATTERN = /^.+\.[cm]?[jt]s:[A-Za-z_$][\w$]*$/;

export const isModuleClassPath = (value: unknown): value is ModuleClassPath =>
  typeof value === 'string' && MODULE_CLASS_PATTERN.test(value);

export function isExecutorBackend(value: unknown): value is ExecutorBackend {
  if (typeof value === 'function') return typeof value.prototype?.launch === 'function';
  return EXECUTOR_BACKENDS.some((name) => name === value) || isModuleClassPath(value);
}

/** The backend as messages name it. */
export const backendName = (backend: ExecutorBackend): string =>
  typeof backend === 'function' ? backend.name : backend;
