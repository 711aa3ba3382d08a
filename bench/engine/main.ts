/**
 * Pass times by number format and tokens beside the machine's limits and transformers; what a step costs around its
 * pass on a real Triton; how much sooner a second edit of a file begins.
 *   npm run bench:engine -- [--model NAME] [--tokens 1,8,32,64,128,256] [--repeats 5] [--steps 200]
 *     [--file-tokens 2000] [--json FILE]
 */
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {ensureBuiltinModel} from '../../src/embedded/builtin-model.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {loadModel} from '../../src/model/loaded-model.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {startRealTriton} from '../../test/helpers/real-triton.ts';
import {thisMachine} from '../machine.ts';
import {writeResult} from '../write-result.ts';
import {bareOverhead} from './bare-overhead.ts';
import {measurePasses} from './pass-figures.ts';
import {type PrefixReuse, prefixReuse} from './prefix-reuse.ts';
import {formatRatios} from './ratios.ts';
import {type StepOverhead, stepOverhead} from './step-overhead.ts';

const {values} = parseArgs({
	options: {
		model: {type: 'string', default: 'qwen2.5-coder-0.5b-instruct'},
		tokens: {type: 'string', default: '1,8,32,64,128,256'},
		repeats: {type: 'string', default: '5'},
		'file-tokens': {type: 'string', default: '2000'},
		steps: {type: 'string', default: '200'},
		json: {type: 'string'},
	},
});

const {model} = values;
const onProgress = (line: string) => console.error(line);
const {cacheDirectory, tritonModel: modelName} = readConfig({});
const draftLengths = [0, 32, 128];

/** What only shows on a real Triton. */
async function measureSteps(): Promise<{overhead: readonly StepOverhead[]; reuse: PrefixReuse}> {
	const real = await startRealTriton(model, {onProgress});
	const verifier = new TritonVerifier(real.triton, {modelName, stepTimeoutMs: 600_000, endTimeoutMs: 5000});
	const overhead: StepOverhead[] = [];
	try {
		for (const draftTokens of draftLengths) {
			overhead.push(await stepOverhead(verifier, draftTokens, Number(values.steps)));
		}

		const {tokenizer} = await loadModel(model, real.supervisor.modelDirectory);
		const reuse = await prefixReuse(real.client, tokenizer, {
			fileTokens: Number(values['file-tokens']),
			numRounds: Number(values.repeats),
		});
		return {overhead, reuse};
	} finally {
		await real.stop();
	}
}

const environment = await ensurePythonEnvironment({cacheDirectory, onProgress});
const {python} = environment;
const modelDirectory = await ensureBuiltinModel({model, python, cacheDirectory, onProgress});
const tokens = values.tokens.split(',').map(Number);
const passes = await measurePasses({python, modelDirectory, tokens, repeats: Number(values.repeats)});
const steps = await measureSteps();
const bare = await bareOverhead({
	environment,
	cacheDirectory,
	modelName,
	passBytes: passes.weightBytes.int8 ?? 0,
	numSteps: Number(values.steps),
	onProgress,
});
const machine = thisMachine();

console.log(`${model}, ${passes.threads} threads, ${passes.kernels}: ms per pass at a context of 512`);
console.table(passes.passMs);
console.table(formatRatios(passes.passMs, machine.features));
console.log('ms of a step around its pass (aim: at most 2 in the median)');
console.table(steps.overhead);
console.log('the same around a model that computes nothing, and only reads as many bytes as a pass in int8');
console.table([bare]);
console.log('ms to the first delta of two edits of one file (aim: the second at least 5 times sooner)');
console.table([steps.reuse]);
writeResult(values.json, {machine, model, ...passes, ...steps, bare});
