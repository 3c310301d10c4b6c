import { type ActorId, InvalidArgumentError, isClass } from '../../src/core/index.js';
import { type ActorSpec, messageCodec } from '../../src/rpc/index.js';
import type { AgentLine } from './agent-line.js';
import { ConcurrencyGroups } from './concurrency-groups.js';
import { ExposedChannels } from './exposed-channels.js';
import { loadDefinition } from './load-definition.js';
import type { StartActorMessage } from './process-messages.js';
import { startProcessServer } from './process-server.js';
import { ServedActor } from './served-actor.js';

const specCodec = messageCodec<ActorSpec>('ActorSpec');

/** An actor that answers calls. */
export interface StartedActor {
  /** host:port. */
  readonly rpcAddress: string;
  /** Resolves when no call runs or waits. */
  whenIdle(): Promise<void>;
}

/**
 * Makes this process the actor that the message describes.
 * @throws what loading the class or its constructor threw.
 */
export async function startActor(message: StartActorMessage, agent: AgentLine): Promise<StartedActor> {
  const spec = specCodec.decode(message.spec);
  const { actorId, actorClass, jobId } = spec;
  if (!actorClass) throw new InvalidArgumentError(`The spec of actor ${actorId} names no class.`);
  const channels = new ExposedChannels();
  // After the replies of this turn have left.
  const exit = (reason: string): void => void setImmediate(() => agent.exiting(reason));
  const purpose = { ...message, jobId, envVars: { ...spec.runtimeEnv?.envVars } };
  const facts = factsOf(message, spec, channels, exit);
  const server = await startProcessServer(purpose, facts, channels);

  const className = actorClass.name;
  const ActorClass = await loadDefinition(actorClass, message.workingDirectory);
  if (!isClass(ActorClass)) throw new InvalidArgumentError(`${className} is a function, and can't be run as an actor.`);
  const { args } = await server.runtime.objects.decodeArguments(spec.constructorArgs, spec.storedArgs);
  const instance = new ActorClass(...(args as never[]));

  const { maxConcurrency, concurrencyGroups, methodGroups } = spec;
  const groups = new ConcurrencyGroups({ maxConcurrency, groups: concurrencyGroups, methodGroups });
  const { placementGroupId } = facts;
  const { workerId } = message;
  server.answer(new ServedActor({ actorId, workerId, className, placementGroupId, instance, groups, exit }));
  process.title = `ray-ts: ${className}`;
  return { rpcAddress: server.rpcAddress, whenIdle: () => groups.whenIdle() };
}

function factsOf(
  message: StartActorMessage,
  spec: ActorSpec,
  channels: ExposedChannels,
  exit: (reason: string) => void,
) {
  const { bundle } = spec.strategy ?? {};
  return {
    actorId: spec.actorId as ActorId,
    name: spec.name,
    namespace: spec.namespace,
    numRestarts: message.numRestarts,
    placementGroupId: bundle?.placementGroupId ?? '',
    capturedPlacementGroupId: bundle?.captureChildTasks ? bundle.placementGroupId : '',
    exposeChannel: (channelId: string, segmentPath: string) => channels.expose(channelId, segmentPath),
    exit,
  };
}
