/** A parent that starts a redis-server as the head does, says so, and lives on until somebody kills it. */
import { LocalRedisServer } from '../../head/store/redis/local-redis-server.js';

const [executable, directory] = process.argv.slice(2) as [string, string];
const server = await LocalRedisServer.start({ executable, directory });
await server.waitReady();
process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
