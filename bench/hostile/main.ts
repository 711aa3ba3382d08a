/**
 * Sends the real service one hostile request after the other and prints what each does to it: how long its health
 * service was silent, how long the answer took, how much memory grew. An idle run in the same call is the measure.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {status} from '@grpc/grpc-js';
import {isServiceError, RedraftClient} from '../../src/grpc/client.ts';
import {stopSignal} from '../../src/stop-signal.ts';
import {type HostileInput, hostileInputs} from './inputs.ts';
import {ServiceProcess} from './service-process.ts';

const {values: flags} = parseArgs({
	options: {json: {type: 'boolean', default: false}, only: {type: 'string', default: ''}},
});
const maxSilenceMs = 100;
const maxGrowthBytes = 200e6;
const idleMs = 3000;
const timeoutMs = 300_000;
/** Enough for the model to read the prompt and for the drafter to be used. */
const maxOutputTokens = 8;

interface Row {
	readonly name: string;
	readonly answer: string;
	readonly answerMs: number;
	readonly silenceMs: number;
	readonly growthBytes: number;
}

const signal = stopSignal();

async function answerOf(client: RedraftClient, {request}: HostileInput): Promise<string> {
	const options = {...request.options, maxOutputTokens};
	try {
		const {summary} = await client.edit({...request, options}, {signal, timeoutMs});
		return summary.finishReason;
	} catch (error) {
		return isServiceError(error) ? `${status[error.code]}: ${error.details}` : (error as Error).message;
	}
}

async function measure(service: ServiceProcess, name: string, work: () => Promise<string>): Promise<Row> {
	await service.takeSilence();
	const [startMs, startBytes] = [performance.now(), service.residentBytes];
	const answer = await work();
	const answerMs = performance.now() - startMs;
	const silenceMs = await service.takeSilence();
	return {name, answer, answerMs, silenceMs, growthBytes: service.residentBytes - startBytes};
}

const idle = (service: ServiceProcess) =>
	measure(service, 'idle', async () => {
		await delay(idleMs, undefined, {signal});
		return '';
	});

async function untilReady(client: RedraftClient): Promise<void> {
	const warmUp = {name: 'warm-up', request: {original: 'let a = 1;\n', instruction: 'Change nothing.'}};
	for (let answer = 'UNAVAILABLE'; answer.startsWith('UNAVAILABLE'); ) {
		await delay(500, undefined, {signal});
		answer = await answerOf(client, warmUp);
	}
}

function print({name, answer, answerMs, silenceMs, growthBytes}: Row): void {
	const megabytes = `${(growthBytes / 1e6).toFixed(0)} MB`;
	const figures = [`${silenceMs.toFixed(0)} ms`, `${answerMs.toFixed(0)} ms`, megabytes];
	const line = [name.padEnd(42), ...figures.map(figure => figure.padStart(10)), `  ${answer.slice(0, 110)}`];
	console.log(line.join(''));
}

async function run(
	service: ServiceProcess,
	client: RedraftClient,
): Promise<{rows: Row[]; growthBytes: number}> {
	await untilReady(client);
	const startBytes = service.residentBytes;
	const rows = [await idle(service)];
	print(rows[0]!);
	for (const input of hostileInputs.filter(({name}) => name.includes(flags.only))) {
		const row = await measure(service, input.name, () => answerOf(client, input));
		print(row);
		rows.push(row);
	}

	rows.push(await idle(service));
	print(rows.at(-1)!);
	return {rows, growthBytes: service.residentBytes - startBytes};
}

console.log(
	`${'input'.padEnd(42)}${['silence', 'answer', 'growth'].map(title => title.padStart(10)).join('')}`,
);
const service = await ServiceProcess.start(signal);
const client = new RedraftClient(service.address);
try {
	const {rows, growthBytes} = await run(service, client);
	const longestMs = Math.max(...rows.map(({silenceMs}) => silenceMs));
	console.log(
		`longest silence ${longestMs.toFixed(0)} ms, memory ${(growthBytes / 1e6).toFixed(0)} MB above the start`,
	);
	if (flags.json) {
		console.log(JSON.stringify({rows, longestMs, growthBytes}));
	}

	process.exitCode = longestMs < maxSilenceMs && growthBytes < maxGrowthBytes ? 0 : 1;
} finally {
	client.close();
	await service.stop();
}
