/**
 * Edits at several numbers of callers, with and without a stream of long prompts beside them, by speculation and by
 * plain decoding, beside an ideal schedule and beside engines of earlier revisions.
 *   npm run bench:load -- [--model NAME] [--callers 1,2,4,8,16] [--edits 16] [--rounds 5] [--prompt-tokens 4000]
 *     [--output-tokens 200] [--beside-tokens 24] [--baseline REVISION]… [--json FILE [--resume]]
 */
import {existsSync, readFileSync} from 'node:fs';
import {isDeepStrictEqual, parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import type {LoadResult} from '../figures/results.ts';
import {git, thisMachine} from '../machine.ts';
import {writeResult} from '../write-result.ts';
import {type EngineUnderTest, startRevision, startWorkingTree} from './engine-under-test.ts';
import {type MeasuredEngine, measureEngine} from './measure-engine.ts';

const {values} = parseArgs({
	options: {
		model: {type: 'string', default: 'qwen2.5-coder-0.5b-instruct'},
		callers: {type: 'string', default: '1,2,4,8,16'},
		edits: {type: 'string', default: '16'},
		rounds: {type: 'string', default: '5'},
		'prompt-tokens': {type: 'string', default: '4000'},
		'output-tokens': {type: 'string', default: '200'},
		/** Of each edit beside long prompts. */
		'beside-tokens': {type: 'string', default: '24'},
		baseline: {type: 'string', multiple: true, default: []},
		json: {type: 'string'},
		/** Keep what the file tells of revisions, which no longer change; the working tree is measured again. */
		resume: {type: 'boolean', default: false},
	},
});

const {model} = values;
const settings = {
	callers: values.callers.split(',').map(Number),
	numEdits: Number(values.edits),
	numRounds: Number(values.rounds),
	longPromptTokens: Number(values['prompt-tokens']),
	outputTokens: Number(values['output-tokens']),
	outputTokensBeside: Number(values['beside-tokens']),
};
const options = {model, tritonModel: readConfig({}).tritonModel};
const earlier = values.resume ? readEarlier(values.json) : [];
const engines: MeasuredEngine[] = [];
await measure(() => startWorkingTree(options));
for (const revision of values.baseline) {
	const name = git('rev-parse', '--short', revision);
	const kept = earlier.find(engine => engine.name === name);
	if (kept) {
		add(kept);
	} else {
		await measure(() => startRevision(revision, options));
	}
}

/** What the file tells of engines that were measured in the same way. */
function readEarlier(file: string | undefined): readonly MeasuredEngine[] {
	if (file === undefined || !existsSync(file)) {
		throw new Error(`--resume: expected the file of an earlier run as --json, got ${file}`);
	}

	const result = JSON.parse(readFileSync(file, 'utf8')) as LoadResult;
	return isDeepStrictEqual([result.model, result.settings], [model, settings]) ? result.engines : [];
}

async function measure(start: () => Promise<EngineUnderTest>): Promise<void> {
	const engine = await start();
	try {
		add(await measureEngine(engine, settings, line => console.error(`${engine.name}: ${line}`)));
	} finally {
		await engine.stop();
	}
}

function add(measured: MeasuredEngine): void {
	engines.push(measured);
	// A run takes an hour: what one engine showed is kept, however the next one ends.
	const result: LoadResult = {machine: thisMachine(), model, settings, engines};
	writeResult(values.json, result);
	console.log(measured.name);
	console.table(measured.firstDeltas);
	console.table(measured.load);
}
