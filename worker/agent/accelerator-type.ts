/** Words of a GPU's name that don't tell it from others of its type. */
const NOISE = /^(NVIDIA|Tesla|GeForce|Quadro|Graphics|Device)$/i;

/**
 * The type of a GPU as it is asked for (`accelerator_type:H100`), from the name that nvidia-smi gives: "NVIDIA H100 80GB
 * HBM3" is H100, "Tesla V100-SXM2-16GB" V100, "NVIDIA GeForce RTX 5090" GeForce-RTX-5090.
 * @source Ray: the data centre's models by their number, others by their whole name
 */
export function acceleratorType(gpuName: string): string {
  const words = gpuName.trim().split(/\s+/);
  const model = words.find((word) => !NOISE.test(word)) ?? words[0] ?? '';
  const short = /^([A-Z]{1,2}\d+[A-Za-z]?)(-|$)/.exec(model)?.[1];
  if (short !== undefined) return short;
  const named = words.filter((word) => !/^(NVIDIA|Tesla)$/i.test(word)).join('-');
  return named.replaceAll(/[^A-Za-z0-9._-]/g, '').slice(0, 63);
}
