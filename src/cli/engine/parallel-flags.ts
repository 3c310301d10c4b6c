import type { Command } from 'commander';
import { parseInteger, parsePort } from '../parse-values.js';
import { addFlagPair } from './flag-pair.js';
import { parseEplbConfig } from './parse-eplb-config.js';

function addRankFlags(command: Command): Command {
  return command
    .optionsGroup('Ranks (one model over several, each with a part of it):')
    .option('--tensor-parallel-size <n>', '-tp: ranks that share every layer (default: 1)', parseInteger)
    .option('--pipeline-parallel-size <n>', '-pp: stages that the layers are split over (default: 1)', parseInteger)
    .option('--decode-context-parallel-size <n>', '-dcp: ranks that share a sequence as it decodes', parseInteger)
    .option('--prefill-context-parallel-size <n>', '-pcp: ranks that share a prompt', parseInteger)
    .option('--cp-kv-cache-interleave-size <tokens>', 'neighbours that one of those keeps (default: 1)', parseInteger);
}

function addExecutorFlags(command: Command): Command {
  command
    .optionsGroup('Where ranks run:')
    .option(
      '--distributed-executor-backend <name>',
      'ray: in the cluster; mp: processes of this host; uni: this process; external_launcher: one per process that a launcher started; or file.ts:Class (default: uni for one rank)',
    )
    .option('--worker-cls <file.ts:Class>', "the ranks' class (default: auto, the engine's own)")
    .option('--worker-extension-cls <file.ts:Class>', 'whose methods ranks get besides')
    .option('--max-parallel-loading-workers <n>', 'ranks of a host that load at once (default: all)', parseInteger);
  addFlagPair(command, 'disable-custom-all-reduce', 'sums of ranks go through messages, not shared memory');
  return addFlagPair(command, 'ray-workers-use-nsight', 'ranks run under nsys');
}

function addHostFlags(command: Command): Command {
  command
    .optionsGroup('Several hosts without a cluster (the same command on each, with its own --node-rank):')
    .option('-n, --nnodes <n>', 'hosts (default: 1)', parseInteger)
    .option('-r, --node-rank <n>', "this host's number, from 0 (default: 0)", parseInteger)
    .option('--master-addr <host>', 'where host 0 is reached (default: 127.0.0.1)')
    .option('--master-port <port>', 'and its port (default: 29501)', parsePort);
  return addFlagPair(command, 'headless', 'this host runs ranks only and takes no requests');
}

function addDataParallelFlags(command: Command): Command {
  command
    .optionsGroup('Data parallelism (several copies of the engine, each with ranks of its own):')
    .option('--data-parallel-size <n>', '-dp: copies (default: VLLM_DP_SIZE, or 1)', parseInteger)
    .option('--data-parallel-size-local <n>', '-dpl: copies on this node; 0 for a front end alone', parseInteger)
    .option('--data-parallel-start-rank <n>', '-dpr: the first copy of this node', parseInteger)
    .option('--data-parallel-rank <n>', '-dpn: the only copy here; who sends requests balances', parseInteger)
    .option('--data-parallel-address <host>', '-dpa: where the first copy is (default: --master-addr)')
    .option('--data-parallel-rpc-port <port>', '-dpp: where copies of other nodes report (default: 29550)', parsePort)
    .option('--max-restarts <n>', 'how often a copy that died is launched again (default: 0)', parseInteger)
    .option('--data-parallel-backend <mp|ray>', '-dpb: copies are processes, or actors of the cluster (default: mp)');
  addFlagPair(command, 'data-parallel-hybrid-lb', '-dph: a front end on every node, for its own copies');
  return addFlagPair(command, 'data-parallel-external-lb', '-dpe: a front end for every copy');
}

function addExpertFlags(command: Command): Command {
  command.optionsGroup('Experts (of mixture-of-experts models):');
  addFlagPair(command, 'enable-expert-parallel', 'ranks have whole experts, instead of a slice of each');
  command
    .option('--expert-placement-strategy <linear|round_robin>', 'neighbours, or every n-th (default: linear)')
    .option('--all2all-backend <name>', 'how tokens get to their experts (default: allgather_reducescatter)');
  addFlagPair(command, 'enable-eplb', 'move experts so that ranks have equal work');
  return command.option(
    '--eplb-config <json>',
    'such as \'{"window_size": 500}\', or --eplb-config.window_size 500',
    parseEplbConfig,
  );
}

function addDualBatchFlags(command: Command): Command {
  command.optionsGroup('Dual batch overlap (half a batch computes while the other communicates):');
  return addFlagPair(command, 'enable-dbo', 'split large batches in two')
    .option(
      '--dbo-decode-token-threshold <n>',
      'tokens from which one that decodes is split (default: 32)',
      parseInteger,
    )
    .option('--dbo-prefill-token-threshold <n>', 'tokens from which others are split (default: 512)', parseInteger);
}

/** Flags for ranks, copies and hosts: vLLM's, in groups. */
export function addParallelFlags(command: Command): Command {
  for (const add of [
    addRankFlags,
    addExecutorFlags,
    addDataParallelFlags,
    addExpertFlags,
    addDualBatchFlags,
    addHostFlags,
  ]) {
    add(command);
  }
  return command;
}
