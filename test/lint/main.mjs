// Runs every check of the code's form, also behind one that fails: all that is wrong is to be seen at once.
import {spawnSync} from 'node:child_process';
import {setUp} from '../../setup.mjs';
import {checks} from './checks.mjs';

const {python} = await setUp({dev: true, model: false});
for (const {name, command, args} of checks(python)) {
	console.log(`== ${name}`);
	const {status} = spawnSync(command, args, {stdio: 'inherit'});
	if (status !== 0) {
		process.exitCode = 1;
	}
}
