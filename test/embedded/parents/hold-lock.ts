// Holds a lock until it is killed.
import {withLock} from '../../../src/embedded/process/lock.ts';

const [python = '', file = ''] = process.argv.slice(2);
await withLock({python, file}, async () => {
	console.log('held');
	await new Promise(resolve => setTimeout(resolve, 600_000));
});
