import { type ActorId, InvalidArgumentError, type JobId, type NodeId, setActorContext } from '../../src/core/index.js';
import { type ActorSpec, decodeValue, messageCodec, RpcServer } from '../../src/rpc/index.js';
import { ExposedChannels } from './exposed-channels.js';
import { loadActorClass } from './load-actor-class.js';
import { Mailbox } from './mailbox.js';
import type { StartActorMessage } from './process-messages.js';
import { serveCalls } from './serve-calls.js';

const specCodec = messageCodec<ActorSpec>('ActorSpec');

/**
 * Makes this process the actor that the message describes.
 * @returns host:port where it answers calls.
 * @throws what loading the class or its constructor threw.
 */
export async function startActor(message: StartActorMessage): Promise<string> {
  const spec = specCodec.decode(message.spec);
  if (!spec.actorClass) throw new InvalidArgumentError(`The spec of actor ${spec.actorId} names no class.`);
  Object.assign(process.env, spec.runtimeEnv?.envVars);
  if (message.gpuIds.length > 0) process.env['CUDA_VISIBLE_DEVICES'] = message.gpuIds.join(',');

  const channels = new ExposedChannels();
  setActorContext(contextOf(message, spec, channels));
  const ActorClass = await loadActorClass(spec.actorClass);
  const args = decodeValue(spec.constructorArgs) as never[];
  const instance = new ActorClass(...args);

  const actor = {
    actorId: spec.actorId,
    className: spec.actorClass.name,
    instance,
    mailbox: new Mailbox(Math.max(1, spec.maxConcurrency)),
  };
  const server = new RpcServer(message.credentials);
  server.addService('WorkerService', {
    call: (stream) => serveCalls(stream, actor),
    bridge: (stream) => channels.serve(stream),
  });
  const port = await server.listen(message.host, 0);
  process.title = `ray-ts: ${actor.className}`;
  return `${message.host}:${port}`;
}

function contextOf(message: StartActorMessage, spec: ActorSpec, channels: ExposedChannels) {
  const { clusterId, hostname, host, credentials, gpuIds } = message;
  return {
    clusterId,
    hostname,
    host,
    credentials,
    gpuIds,
    nodeId: message.nodeId as NodeId,
    actorId: spec.actorId as ActorId,
    jobId: spec.jobId as JobId,
    exposeChannel: (channelId: string, segmentPath: string) => channels.expose(channelId, segmentPath),
  };
}
