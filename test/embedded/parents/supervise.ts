// Supervises a shell command, prints the launcher's pid, and waits for SIGINT or its death.
import {supervise} from '../../../src/embedded/process/supervised-process.ts';

const [python = '', command = '', recordFile = '', shmPrefix = ''] = process.argv.slice(2);
const running = await supervise({
	python,
	command: ['sh', '-c', command, shmPrefix],
	env: process.env,
	output: 2,
	recordFile,
	shmPrefix,
	graceMs: 300,
});
process.on('SIGINT', () => {
	console.log('interrupted');
	void running.stop().then(() => process.exit(0));
});
console.log(running.child.pid);
setInterval(() => {}, 1_000);
