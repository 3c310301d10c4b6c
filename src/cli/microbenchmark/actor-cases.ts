import { availableParallelism } from 'node:os';
import { type ActorHandle, get, kill, type ObjectRef } from '../../api/index.js';
import { type Client, RemoteClient, RemoteServer, remoteTasks, type Server } from './definitions.js';
import type { BenchmarkCase, PreparedCase } from './measure.js';

/** As Ray: half of the cores call, the other half answers. */
const NUM_SERVERS = Math.max(1, Math.floor(availableParallelism() / 2));
const BATCH = 1_000;
const CLIENT_CALLS = 5_000;

/** Cases of calls to actors. */
export const actorCases: readonly BenchmarkCase[] = [
  oneToOne('1:1 actor calls sync', 1, 1, (server) => get(server.smallValue.remote())),
  oneToOne('1:1 actor calls async', BATCH, 1, (server) => get(times(BATCH, () => server.smallValue.remote()))),
  oneToOne('1:1 actor calls concurrent', BATCH, 16, (server) => get(times(BATCH, () => server.smallValue.remote()))),
  oneToMany('1:n actor calls async', (client) => client.call.remote(CLIENT_CALLS * NUM_SERVERS)),
  manyToMany('n:n actor calls async', (servers) => remoteTasks.callInTurn.remote(servers, CLIENT_CALLS)),
  pairs('n:n actor calls with arg async', (client) => client.callWithRef.remote(BATCH)),
  oneToOne('1:1 async-actor calls sync', 1, BATCH, (server) => get(server.smallValueLater.remote())),
  oneToOne('1:1 async-actor calls async', BATCH, BATCH, (server) =>
    get(times(BATCH, () => server.smallValueLater.remote())),
  ),
  oneToOne('1:1 async-actor calls with args async', BATCH, BATCH, (server) =>
    get(times(BATCH, (index) => server.smallValueOfLater.remote(index))),
  ),
  oneToMany('1:n async-actor calls async', (client) => client.callLater.remote(CLIENT_CALLS * NUM_SERVERS)),
  manyToMany('n:n async-actor calls async', (servers) => remoteTasks.callLaterInTurn.remote(servers, CLIENT_CALLS)),
];

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const startServers = (count: number): ActorHandle<Server>[] => times(count, () => RemoteServer.remote());

function ending(actors: readonly object[], run: () => Promise<unknown>): PreparedCase {
  return {
    run: async () => void (await run()),
    close: async () => void (await Promise.all(actors.map((actor) => kill(actor as never)))),
  };
}

function oneToOne(
  name: string,
  multiplier: number,
  maxConcurrency: number,
  run: (server: ActorHandle<Server>) => Promise<unknown>,
): BenchmarkCase {
  return {
    name,
    multiplier,
    prepare: async () => {
      const server = RemoteServer.options({ maxConcurrency }).remote();
      return ending([server], () => run(server));
    },
  };
}

/** One client actor and all servers. */
function oneToMany(name: string, call: (client: ActorHandle<Client>) => ObjectRef<void>): BenchmarkCase {
  return {
    name,
    multiplier: CLIENT_CALLS * NUM_SERVERS,
    prepare: async () => {
      const servers = startServers(NUM_SERVERS);
      const client = RemoteClient.remote(servers);
      return ending([client, ...servers], () => get(call(client)));
    },
  };
}

/** Four tasks and all servers. */
function manyToMany(name: string, submit: (servers: readonly ActorHandle<Server>[]) => ObjectRef<void>): BenchmarkCase {
  return {
    name,
    multiplier: 4 * CLIENT_CALLS,
    prepare: async () => {
      const servers = startServers(NUM_SERVERS);
      return ending(servers, () => Promise.all(times(4, () => get(submit(servers)))));
    },
  };
}

/** As many client actors as servers, one for each. */
function pairs(name: string, call: (client: ActorHandle<Client>) => ObjectRef<void>): BenchmarkCase {
  return {
    name,
    multiplier: BATCH * NUM_SERVERS,
    prepare: async () => {
      const servers = startServers(NUM_SERVERS);
      const clients = servers.map((server) => RemoteClient.remote([server]));
      return ending([...clients, ...servers], () => Promise.all(clients.map((client) => get(call(client)))));
    },
  };
}
