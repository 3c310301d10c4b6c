/** Opens a lab of two hosts with a process on one of them, says so, and lives on until somebody kills it. */
import { MultiHostLab } from './multi-host-lab.js';

const lab = await MultiHostLab.open(2);
lab.hosts[0]!.spawn(['sleep', '600']);
process.stdout.write(`${lab.hosts[0]!.directory}\n`);
setInterval(() => undefined, 60_000);
