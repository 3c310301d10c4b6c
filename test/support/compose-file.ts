import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

type Variables = Readonly<Record<string, string>>;

/** What a test needs of a service to run it without an engine. */
export interface ComposeService {
  readonly command: readonly string[];
  readonly environment: Variables;
  /** The command that succeeds when the service is healthy; undefined where none is declared. */
  readonly healthcheck: readonly string[] | undefined;
  /** The services that are waited for, by name. */
  readonly dependsOn: Readonly<Record<string, 'service_started' | 'service_healthy'>>;
  /** Empty for a service that is always started. */
  readonly profiles: readonly string[];
  /** False for an image that somebody else publishes. */
  readonly isBuilt: boolean;
}

interface RawService {
  readonly command: readonly string[];
  readonly environment?: Variables;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: 'service_started' | 'service_healthy' }>>;
  readonly profiles?: readonly string[];
  readonly build?: string;
}

/**
 * The services of a Compose file with its variables filled in, as the Compose specification says.
 * @throws for a required variable that is not set, and for a command that is no list: an engine would split it into words.
 */
export function readComposeFile(path: string, variables: Variables): Readonly<Record<string, ComposeService>> {
  const file = parse(readFileSync(path, 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, RawService>>;
  };
  const services = interpolate(file.services, variables) as typeof file.services;
  return Object.fromEntries(Object.entries(services).map(([name, raw]) => [name, toService(name, raw)]));
}

function toService(name: string, raw: RawService): ComposeService {
  if (!Array.isArray(raw.command)) throw new Error(`The command of service ${name} must be a list of words.`);
  const dependencies = Object.entries(raw.depends_on ?? {});
  return {
    command: raw.command,
    environment: raw.environment ?? {},
    healthcheck: raw.healthcheck && withoutKind(name, raw.healthcheck.test),
    dependsOn: Object.fromEntries(dependencies.map(([other, { condition }]) => [other, condition])),
    profiles: raw.profiles ?? [],
    isBuilt: raw.build !== undefined,
  };
}

function withoutKind(name: string, [kind, ...command]: readonly string[]): readonly string[] {
  if (kind !== 'CMD') throw new Error(`The healthcheck of service ${name} must start with CMD, got ${kind}.`);
  return command;
}

/** $$ stands for $; ${NAME}, ${NAME:-default} and ${NAME:?message} for variables. */
const VARIABLE = /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g;

function interpolate(value: unknown, variables: Variables): unknown {
  if (Array.isArray(value)) return value.map((item) => interpolate(item, variables));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, variables)]));
  }
  if (typeof value !== 'string') return value;
  return value.replace(VARIABLE, (_match, name?: string, operator?: string, operand = '') => {
    if (name === undefined) return '$';
    const set = variables[name];
    if (set) return set;
    if (operator === '?') throw new Error(`The variable ${name} is required: ${operand}`);
    return operand;
  });
}
