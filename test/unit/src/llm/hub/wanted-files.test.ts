import { ModelLoadError } from '../../../../../src/core/index.js';
import { checkFileNames, wantedNames } from '../../../../../src/llm/hub/wanted-files.js';

const SMALL = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const INDEX = 'model.safetensors.index.json';
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const OTHERS = ['.gitattributes', 'README.md', 'merges.txt', 'pytorch_model.bin', 'onnx/model.onnx'];
const wanted = (names: readonly string[], fileSet: 'all' | 'weights' | 'no-weights' = 'all') =>
  [...wantedNames('org/model', names, fileSet)].sort();

describe('wantedNames', () => {
  it('takes what the engine reads, and nothing else', () => {
    expect(wanted([...OTHERS, ...SMALL, INDEX, ...SHARDS])).toEqual([...SMALL, INDEX, ...SHARDS].sort());
  });

  it("takes no other layout of the same weights beside transformers'", () => {
    expect(wanted(['consolidated.safetensors', 'original/model.safetensors', 'model.safetensors'])).toEqual([
      'model.safetensors',
    ]);
  });

  it('takes weights by other names where an index names them', () => {
    expect(wanted([INDEX, 'a.safetensors', 'b.safetensors'])).toEqual(['a.safetensors', 'b.safetensors', INDEX]);
  });

  it('refuses weights that no index names', () => {
    expect(() => wanted(['gptq_model-4bit-128g.safetensors'])).toThrow('(it has gptq_model-4bit-128g.safetensors)');
  });

  it('takes the weights and their index alone', () => {
    expect(wanted([...SMALL, INDEX, ...SHARDS], 'weights')).toEqual([INDEX, ...SHARDS].sort());
  });

  it('takes all but the weights', () => {
    expect(wanted([...SMALL, INDEX, ...SHARDS], 'no-weights')).toEqual(SMALL);
  });

  it('refuses a model without safetensors and names what it has', () => {
    expect(() => wanted([...SMALL, 'pytorch_model.bin', 'model.gguf'])).toThrow(ModelLoadError);
    expect(() => wanted([...SMALL, 'pytorch_model.bin', 'model.gguf'])).toThrow(
      'The model org/model has no model.safetensors and no model.safetensors.index.json on the hub (it has pytorch_model.bin, model.gguf)',
    );
  });

  it('does not ask for weights where none are wanted', () => {
    expect(wanted(SMALL, 'no-weights')).toEqual(SMALL);
  });
});

describe('checkFileNames', () => {
  it('lets names of files and folders pass', () => {
    expect(() => checkFileNames('org/model', ['config.json', 'a/b..c/d', '.gitattributes'])).not.toThrow();
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', '\\x', 'a\\..\\x', 'C:x', 'a\0b', '..'])('refuses %j', (name) => {
    expect(() => checkFileNames('org/model', ['config.json', name])).toThrow(
      /org\/model.*would leave the cache's folder/,
    );
  });
});
