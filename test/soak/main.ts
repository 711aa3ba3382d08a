/**
 * Runs edits under random faults and looks at what is left:
 *   npm run soak [-- --minutes 10 --seed N --edits 200 --rounds 5]
 */
import {parseArgs} from 'node:util';
import {defaultCacheDirectory} from '../../src/embedded/machine/paths.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {stopSignal} from '../../src/stop-signal.ts';
import {formatReport} from './report.ts';
import {runSoak} from './run-soak.ts';

const onProgress = (line: string) => console.error(line);
const {python} = await ensurePythonEnvironment({
	cacheDirectory: defaultCacheDirectory(),
	dev: true,
	onProgress,
});
// Makes the models' weights.
process.env.REDRAFT_TEST_PYTHON ??= python;
const {values} = parseArgs({
	options: {
		minutes: {type: 'string', default: '10'},
		seed: {type: 'string', default: String(Date.now() % 100_000)},
		edits: {type: 'string', default: '200'},
		rounds: {type: 'string', default: '5'},
	},
});
const seed = Number(values.seed);
const report = await runSoak({
	seed,
	minEdits: Number(values.edits),
	rounds: Number(values.rounds),
	maxMinutes: Number(values.minutes),
	onEvent: onProgress,
	signal: stopSignal(),
});
console.log(formatReport(report, seed));
const hasPassed = report.problems.length === 0;
if (!hasPassed) {
	console.log(`\nfailed with seed ${seed}:\n${report.problems.join('\n')}\n\n${report.history.join('\n')}`);
}

// Without it Node has once hung in its own cleanup after the last line, with all that was started ended.
process.exit(hasPassed ? 0 : 1);
