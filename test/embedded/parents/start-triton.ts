// Starts a Triton with the options given as JSON, prints its shared memory prefix, and waits to be killed.
import {startEmbeddedTriton} from '../../../src/embedded/embedded-triton.ts';

const options = JSON.parse(process.argv[2] ?? '{}');
const triton = await startEmbeddedTriton({...options, onProgress: () => {}});
console.log(/redraft_\w+_/.exec(triton.logFile)?.[0]);
process.on('SIGINT', () => {
	void triton.stop().then(() => process.exit(0));
});
setInterval(() => {}, 1_000);
