import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { checkReleased, checkStopped, readBackAndRelease, waitForHealing } from './after-faults.js';
import type { ChaosOptions } from './chaos-options.js';
import { checkRun } from './checks/check-run.js';
import type { Violation } from './checks/violation.js';
import { ChaosCluster, describeDaemon } from './cluster/chaos-cluster.js';
import { type ChaosHosts, openChaosHosts } from './cluster/chaos-hosts.js';
import { ChaosRedis } from './cluster/chaos-redis.js';
import { followPlan } from './faults/follow-plan.js';
import { injectFault } from './faults/inject-fault.js';
import { Keeper } from './faults/keeper.js';
import { LoadDrivers } from './load/load-drivers.js';
import type { Work } from './load/load-record.js';
import { readEffects, readRecords } from './load/read-lines.js';
import { describeFault } from './plan/fault.js';
import { planFaults } from './plan/fault-plan.js';
import { formatReport } from './report/format-report.js';
import { formatLoad } from './report/load-statistics.js';

const NUM_HOSTS = 3;
/** More than the load asks for, also while a node is away. */
const CPUS_PER_NODE = 8;
/** Short, so that cuts are longer; a machine with few cores stalls for a second or two under this load. */
const LEASE_MS = 5_000;
/** The cluster lives on through every absence of the head. */
const HEAD_LEASE_MS = 30_000;
const STATISTICS_MS = 10_000;
/** The load goes on for so long after the last fault. */
const QUIET_MS = 5_000;
const DRAIN_MS = 90_000;
const FIRST_ANSWERS_MS = 60_000;

/** One chaos run from the first start to the last stop. */
export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #hosts: ChaosHosts;
  readonly #print: (line: string) => void;
  /** Records of the load and effects of its actors. */
  readonly #directory: string;
  readonly #redis: ChaosRedis;
  readonly #cluster: ChaosCluster;
  readonly #violations: Violation[] = [];
  readonly #remarks: string[] = [];
  #startMs = performance.now();

  private constructor(options: ChaosOptions, hosts: ChaosHosts, print: (line: string) => void) {
    this.#options = options;
    this.#hosts = hosts;
    this.#print = print;
    const [first] = hosts.hosts;
    this.#directory = join(first!.lab.directory, 'load');
    mkdirSync(this.#directory);
    this.#redis = new ChaosRedis(first!);
    this.#cluster = new ChaosCluster({
      hosts: hosts.hosts,
      redisUrl: this.#redis.url,
      cpusPerNode: CPUS_PER_NODE,
      leaseMs: LEASE_MS,
      headLeaseMs: HEAD_LEASE_MS,
    });
  }

  /** @returns whether every promise was kept. @throws when the run could not be made. */
  static async run(options: ChaosOptions, print: (line: string) => void): Promise<boolean> {
    const hosts = await openChaosHosts(NUM_HOSTS);
    try {
      return await new ChaosRun(options, hosts, print).#run();
    } finally {
      await hosts.close();
    }
  }

  async #run(): Promise<boolean> {
    const { minutes, seed } = this.#options;
    const { cuts, whyNoCuts } = this.#hosts;
    if (!cuts) warnLoudly(`NO LINK IS CUT: ${whyNoCuts}`, this.#print);
    const faults = planFaults({
      seed,
      durationMs: minutes * 60_000,
      numHosts: NUM_HOSTS,
      withCuts: cuts !== undefined,
      leaseMs: LEASE_MS,
    });
    await this.#startCluster();
    const drivers = await this.#startLoad();
    const statistics = setInterval(() => this.#note(formatLoad(readRecords(this.#directory))), STATISTICS_MS);
    const keeper = this.#startKeeper();
    const field = { cluster: this.#cluster, redis: this.#redis, keeper, cuts, leaseMs: LEASE_MS };
    this.#startMs = performance.now();
    await followPlan(faults, async (fault) => {
      this.#note(describeFault(fault));
      await injectFault(field, fault);
      if (fault.durationMs > 0) this.#note(`  healed: ${describeFault(fault)}`);
    });
    this.#note('the faults are over');
    await sleep(QUIET_MS);
    this.#violations.push(...(await waitForHealing(this.#cluster)));
    await this.#stopLoad(drivers);
    clearInterval(statistics);
    await keeper.close();
    await this.#judge();
    this.#print(
      formatReport({
        faults,
        load: formatLoad(readRecords(this.#directory)),
        remarks: this.#remarks,
        violations: this.#violations,
        again: `npm run chaos -- --minutes ${minutes} --seed ${seed}`,
        evidence: this.#violations.length > 0 ? this.#keepEvidence() : undefined,
      }),
    );
    return this.#violations.length === 0;
  }

  async #startCluster(): Promise<void> {
    await this.#redis.start();
    const [head, ...agents] = this.#cluster.daemons;
    await this.#cluster.start(head!);
    await Promise.all(agents.map((agent) => this.#cluster.start(agent)));
    this.#note(`${NUM_HOSTS} hosts, each with an agent; head and Redis on the first`);
  }

  async #startLoad(): Promise<LoadDrivers> {
    const drivers = new LoadDrivers(this.#hosts.hosts[0]!, this.#directory);
    const wanted: readonly Work[] = ['at-most-once', 'at-least-once', 'create-group', 'get-key', 'task', 'put-object'];
    const answered = (): true | undefined => {
      if (drivers.ended.length > 0) throw new Error(`a driver ended: ${drivers.ended.join(', ')}`);
      const done = new Set(
        readRecords(this.#directory)
          .filter(({ step }) => step === 'acknowledged')
          .map(({ work }) => work),
      );
      return wanted.every((work) => done.has(work)) || undefined;
    };
    try {
      await eventually('every kind of work is acknowledged once', answered, { withinMs: FIRST_ANSWERS_MS });
    } catch (error) {
      throw new Error(`The load did not come up; see ${this.#keepEvidence()}`, { cause: error });
    }
    this.#note('the load is up');
    return drivers;
  }

  #startKeeper(): Keeper {
    return new Keeper(this.#cluster, {
      onUnexpectedEnd: (daemon) => this.#unexpectedEnd(describeDaemon(daemon), daemon.role === 'head'),
      onStarted: (daemon) => this.#note(`  started: ${describeDaemon(daemon)}`),
      onStartFailed: (daemon, reason) =>
        this.#note(`  ${describeDaemon(daemon)} could not start: ${firstLine(reason)}`),
    });
  }

  /** A node that is slow may be taken for dead by its lease; no fault of its surroundings ends the head. */
  #unexpectedEnd(name: string, isHead: boolean): void {
    const seen = `the ${name} ended by itself, ${this.#elapsed()} after the start of the faults`;
    this.#note(seen);
    if (isHead) this.#violations.push({ promise: 'the head lives until it is killed', seen });
    else this.#remarks.push(seen);
  }

  async #stopLoad(drivers: LoadDrivers): Promise<void> {
    const promise = 'a driver that is not killed lives to its end';
    for (const name of drivers.ended) this.#violations.push({ promise, seen: `${name} ended before its time` });
    for (const name of await drivers.stop(DRAIN_MS)) {
      this.#violations.push({ promise, seen: `${name} did not end in order` });
    }
  }

  async #judge(): Promise<void> {
    this.#note('reading back');
    const { cluster, violations } = await readBackAndRelease(this.#cluster, CPUS_PER_NODE);
    const history = checkRun({
      records: readRecords(this.#directory),
      atMostOnceEffects: readEffects(this.#directory, 'at-most-once'),
      atLeastOnceEffects: readEffects(this.#directory, 'at-least-once'),
      cluster,
    });
    this.#violations.push(...violations, ...history, ...(await checkReleased(this.#cluster)));
    this.#note('stopping');
    this.#violations.push(...(await checkStopped(this.#cluster, () => this.#redis.stop())));
  }

  /** Copies what the hosts' folders hold, which end with the run. */
  #keepEvidence(): string {
    const kept = mkdtempSync(join(tmpdir(), `ray-ts-chaos-seed-${this.#options.seed}-`));
    const isFile = (path: string): boolean => !path.endsWith('.sock');
    for (const { name, lab } of this.#hosts.hosts) {
      cpSync(lab.directory, join(kept, name), { recursive: true, filter: isFile });
    }
    return kept;
  }

  #note(text: string): void {
    this.#print(`${this.#elapsed().padStart(8)}  ${text}`);
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startMs) / 1_000).toFixed(1)} s`;
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!;

/** @throws where CI is set: there nothing may be left out. */
function warnLoudly(message: string, print: (line: string) => void): void {
  if (process.env['CI']) throw new Error(message);
  const rule = '#'.repeat(message.length + 4);
  print(`${rule}\n# ${message} #\n${rule}`);
}
