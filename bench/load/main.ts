/**
 * Edits at several numbers of callers, with and without a stream of long prompts beside them, by speculation and by
 * plain decoding, beside the first deltas of an ideal schedule.
 *   npm run bench:load -- [--callers 1,2,4,8,16] [--edits 16] [--prompt-tokens 4000] [--output-tokens 200] [--json]
 */
import {parseArgs} from 'node:util';
import {readConfig} from '../../src/config.ts';
import type {RedraftClient} from '../../src/grpc/client.ts';
import {measurePassTimes} from '../../src/speculation/measure-pass-times.ts';
import {PassTimes} from '../../src/speculation/pass-times.ts';
import {TritonVerifier} from '../../src/triton/triton-verifier.ts';
import {editCases} from '../../test/helpers/edit-cases.ts';
import {type RealTriton, startRealTriton} from '../../test/helpers/real-triton.ts';
import {quantile} from '../quantile.ts';
import {editsAtATime} from './edits-at-a-time.ts';
import {figures} from './figures.ts';
import {idealReadMs, type Passes} from './ideal-schedule.ts';
import {PromptStream} from './prompt-stream.ts';

const {values: flags} = parseArgs({
	options: {
		callers: {type: 'string', default: '1,2,4,8,16'},
		edits: {type: 'string', default: '16'},
		'prompt-tokens': {type: 'string', default: '4000'},
		'output-tokens': {type: 'string', default: '200'},
		json: {type: 'boolean', default: false},
	},
});

/** The engine's default for the tokens of a pass. */
const maxPassTokens = 512;
const counters = ['redraft_passes_total', 'redraft_pass_tokens_total', 'redraft_pass_steps_total'] as const;

interface Setting {
	readonly callers: number;
	readonly speculation: boolean;
	readonly longPrompts: boolean;
}

function requests(speculation: boolean) {
	const cases = editCases();
	const options = {speculation, maxOutputTokens: Number(flags['output-tokens'])};
	return Array.from({length: Number(flags.edits)}, (_, i) => ({
		...cases[i % cases.length]!.request,
		options,
	}));
}

async function measure(real: RealTriton, verifier: TritonVerifier, setting: Setting) {
	const read = () => Promise.all(counters.map(name => real.metric(name)));
	const stream = setting.longPrompts ? new PromptStream(verifier, Number(flags['prompt-tokens'])) : undefined;
	const before = await read();
	const run = await editsAtATime(real.client, requests(setting.speculation), setting.callers);
	const after = await read();
	const longPromptsRead = (await stream?.stop()) ?? 0;
	const counts = after.map((count, i) => count - before[i]!);
	return {
		...setting,
		...figures(run, counts),
		longPromptsRead,
		edits: run.edits,
	};
}

/** First deltas of as many edits as there are callers, all at once, beside the same prompts in an ideal schedule. */
async function firstDeltas(client: RedraftClient, callers: number, passes: Passes) {
	const {edits} = await editsAtATime(client, requests(true).slice(0, callers), callers);
	const ideal = idealReadMs(
		edits.map(edit => edit.promptTokens),
		passes,
	);
	const measured = edits.map(edit => edit.firstDeltaMs);
	const ratio = (share: number) => quantile(measured, share) / quantile(ideal, share);
	return {callers, measuredMs: measured, idealMs: ideal, ratioP50: ratio(0.5), ratioP99: ratio(0.99)};
}

const callers = flags.callers.split(',').map(Number);
const {model, tritonModel: modelName} = readConfig(process.env);
// Prompts that were read before would be found again, and every setting reads the same ones.
const real = await startRealTriton(model, {modelEnvironment: {REDRAFT_PREFIX_CACHE: 'off'}});
try {
	const verifier = new TritonVerifier(real.triton, {modelName, stepTimeoutMs: 600_000, endTimeoutMs: 5000});
	const times = new PassTimes(
		await measurePassTimes(verifier, maxPassTokens - 1, new AbortController().signal),
	);
	const passes = {maxTokens: maxPassTokens, ms: (tokens: number) => times.at(tokens)};
	const schedule = [];
	const load = [];
	for (const count of callers) {
		schedule.push(await firstDeltas(real.client, count, passes));
		for (const longPrompts of [false, true]) {
			for (const speculation of [true, false]) {
				load.push(await measure(real, verifier, {callers: count, speculation, longPrompts}));
				console.error(`${load.length} of ${4 * callers.length} settings`);
			}
		}
	}

	console.table(schedule.map(({measuredMs: _, idealMs: __, ...row}) => row));
	console.table(load.map(({edits: _, ...row}) => row));
	if (flags.json) {
		console.log(JSON.stringify({model, passMs: times.points, schedule, load}));
	}
} finally {
	await real.stop();
}
