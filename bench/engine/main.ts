/**
 * Pass times by number format and tokens beside the machine's limits and transformers, and what a step costs around its
 * pass on a real Triton.
 *   npm run bench:engine -- [--model NAME] [--tokens 1,8,32,64,128,256] [--repeats 5] [--steps 200] [--json FILE]
 */
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import {ensureBuiltinModel} from '../../src/embedded/builtin-model.ts';
import {ensurePythonEnvironment} from '../../src/embedded/python/python-environment.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {startRealTriton} from '../../test/helpers/real-triton.ts';
import {thisMachine} from '../machine.ts';
import {writeResult} from '../write-result.ts';
import {measurePasses} from './pass-figures.ts';
import {formatRatios} from './ratios.ts';
import {type StepOverhead, stepOverhead} from './step-overhead.ts';

const {values} = parseArgs({
	options: {
		model: {type: 'string', default: 'qwen2.5-coder-0.5b-instruct'},
		tokens: {type: 'string', default: '1,8,32,64,128,256'},
		repeats: {type: 'string', default: '5'},
		steps: {type: 'string', default: '200'},
		json: {type: 'string'},
	},
});

const {model} = values;
const onProgress = (line: string) => console.error(line);
const {cacheDirectory, tritonModel: modelName} = readConfig({});
const draftLengths = [0, 32, 128];

async function measureOverhead(): Promise<StepOverhead[]> {
	const real = await startRealTriton(model, {onProgress});
	const verifier = new TritonVerifier(real.triton, {modelName, stepTimeoutMs: 600_000, endTimeoutMs: 5000});
	const overhead: StepOverhead[] = [];
	try {
		for (const draftTokens of draftLengths) {
			overhead.push(await stepOverhead(verifier, draftTokens, Number(values.steps)));
		}
	} finally {
		await real.stop();
	}

	return overhead;
}

const {python} = await ensurePythonEnvironment({cacheDirectory, onProgress});
const modelDirectory = await ensureBuiltinModel({model, python, cacheDirectory, onProgress});
const tokens = values.tokens.split(',').map(Number);
const passes = await measurePasses({python, modelDirectory, tokens, repeats: Number(values.repeats)});
const overhead = await measureOverhead();
const machine = thisMachine();

console.log(`${model}, ${passes.threads} threads, ${passes.kernels}: ms per pass at a context of 512`);
console.table(passes.passMs);
console.table(formatRatios(passes.passMs, machine.features));
console.log('ms of a step around its pass (aim: at most 2 in the median)');
console.table(overhead);
writeResult(values.json, {machine, model, ...passes, overhead});
