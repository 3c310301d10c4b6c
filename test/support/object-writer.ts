/**
 * Another process that writes an object: `node --import tsx object-writer.ts PATH BYTES`. It fills the file with ones, tells
 * its parent, and lets go of it at the first message; until then it has mapped and locked it.
 */
import { ObjectFileWriter, WarmMappings } from '../../src/channel/index.js';

const [path, byteLength] = [process.argv[2]!, Number(process.argv[3])];
const writer = await ObjectFileWriter.open(path, byteLength, new WarmMappings());
await writer.write(0, new Uint8Array(byteLength).fill(1), byteLength);
process.on('message', () => {
  writer.close();
  process.send?.('closed');
});
process.send?.('written');
