/**
 * Edits at several numbers of callers, with and without a stream of long prompts beside them, by speculation and by
 * plain decoding, beside an ideal schedule and beside engines of earlier revisions.
 *   npm run bench:load -- [--model NAME] [--callers 1,2,4,8,16] [--edits 16] [--rounds 5] [--prompt-tokens 4000]
 *     [--output-tokens 200] [--beside-tokens 24] [--baseline REVISION]… [--json FILE]
 */
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {thisMachine} from '../machine.ts';
import {writeResult} from '../write-result.ts';
import {type EngineUnderTest, startRevision, startWorkingTree} from './engine-under-test.ts';
import {measureEngine} from './measure-engine.ts';

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
const starts: readonly (() => Promise<EngineUnderTest>)[] = [
	() => startWorkingTree(options),
	...values.baseline.map(revision => () => startRevision(revision, options)),
];

const engines = [];
for (const start of starts) {
	const engine = await start();
	try {
		const measured = await measureEngine(engine, settings, line => console.error(`${engine.name}: ${line}`));
		engines.push(measured);
		// A run takes an hour: what one engine showed is kept, however the next one ends.
		writeResult(values.json, {machine: thisMachine(), model, settings, engines});
		console.log(engine.name);
		console.table(measured.firstDeltas);
		console.table(measured.load);
	} finally {
		await engine.stop();
	}
}
