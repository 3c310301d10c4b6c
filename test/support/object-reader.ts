/**
 * Another process that reads an object: `node --import tsx object-reader.ts PATH`. It maps the file, tells its parent, and
 * answers each message with the sum of the file's bytes as it sees them.
 */
import { MappedObjectFile } from '../../src/channel/index.js';

const file = MappedObjectFile.open(process.argv[2]!);
if (file === undefined) throw new Error('the object is gone');
const bytes = file.bytes(0, file.byteLength);
process.on('message', () => process.send?.({ sum: bytes.reduce((sum, byte) => sum + byte, 0) }));
process.send?.({ attached: true });
