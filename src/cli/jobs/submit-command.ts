import { Command } from 'commander';
import type { ResourceOptions } from '../../api/resource-options.js';
import { submitJob } from '../../jobs/submit-job.js';
import type { RuntimeEnv } from '../../runtime/runtime-env/runtime-env.js';
import { parseBytes, parseJsonObject, parseNumber, parseResources } from '../parse-values.js';
import { print } from '../print-lines.js';
import { addressOption } from '../with-head.js';
import { followToEnd } from './follow-to-end.js';
import { submittedText } from './job-texts.js';
import { withClusterConnection } from './with-cluster-connection.js';

interface SubmitFlags {
  readonly address?: string;
  readonly submissionId?: string;
  readonly workingDir?: string;
  readonly runtimeEnvJson?: RuntimeEnv;
  readonly metadataJson?: Readonly<Record<string, string>>;
  readonly entrypointNumCpus?: number;
  readonly entrypointNumGpus?: number;
  readonly entrypointMemory?: number;
  readonly entrypointResources?: Readonly<Record<string, number>>;
  readonly wait: boolean;
}

export function submitCommand(): Command {
  return new Command('submit')
    .description('Run a program on the cluster, and follow it to its end. It goes on when this terminal is gone.')
    .argument('<entrypoint...>', 'the program and its arguments, behind --; no shell reads them')
    .addOption(addressOption())
    .option('--submission-id <id>', 'its id (default: a new one)')
    .option(
      '--working-dir <folder>',
      'the folder of the program: it is sent to the nodes, and the entrypoint runs in it',
    )
    .option('--runtime-env-json <json>', 'as runtimeEnv of ray.init: envVars, workingDir, excludes', parseJsonObject)
    .option('--metadata-json <json>', 'texts by name, for people and tools', parseJsonObject)
    .option('--entrypoint-num-cpus <n>', 'CPUs that the entrypoint itself takes (default: none)', parseNumber)
    .option('--entrypoint-num-gpus <n>', 'GPUs that it takes', parseNumber)
    .option('--entrypoint-memory <bytes>', 'memory that it takes, such as 8GiB', parseBytes)
    .option('--entrypoint-resources <json>', 'custom resources that it takes, such as \'{"disk": 2}\'', parseResources)
    .option('--no-wait', "don't follow it")
    .passThroughOptions()
    .addHelpText('after', '\nExample:\n  ray-ts job submit --working-dir . -- npx tsx driver.ts')
    .action(submit);
}

async function submit(entrypoint: readonly string[], flags: SubmitFlags): Promise<void> {
  const runtimeEnv: RuntimeEnv = {
    ...flags.runtimeEnvJson,
    ...(flags.workingDir === undefined ? {} : { workingDir: flags.workingDir }),
  };
  const { submissionId, metadataJson: metadata } = flags;
  const resources = entrypointResources(flags);
  const job = await withClusterConnection(flags.address, (address) => {
    print(`Job submission server address: ${address}`);
    return submitJob({ entrypoint, submissionId, runtimeEnv, metadata, resources });
  });
  print(submittedText(job.submissionId));
  if (!flags.wait) return;
  print('Tailing logs until the job exits (disable with --no-wait):');
  await followToEnd(flags.address, job.submissionId);
}

function entrypointResources(flags: SubmitFlags): ResourceOptions {
  const given = {
    numCpus: flags.entrypointNumCpus,
    numGpus: flags.entrypointNumGpus,
    memory: flags.entrypointMemory,
    resources: flags.entrypointResources,
  };
  return Object.fromEntries(Object.entries(given).filter(([, amount]) => amount !== undefined));
}
