/** What a worker process is started in, once its runtime environment is on this node. */
export interface ProcessEnvironment {
  readonly envVars: Readonly<Record<string, string>>;
  /** Where the program's folder was unpacked; empty: the agent's own directory, and modules at the caller's paths. */
  readonly workingDirectory: string;
}

export const plainEnvironment: ProcessEnvironment = { envVars: {}, workingDirectory: '' };

/** The same for environments that a process can't tell apart. */
export function environmentKey({ envVars, workingDirectory }: ProcessEnvironment): string {
  const sorted = Object.entries(envVars).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([workingDirectory, sorted]);
}
