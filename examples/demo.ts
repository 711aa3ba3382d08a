import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {styleText} from 'node:util';
import {endWithReader} from '../src/cli/standard-streams.ts';
import type {ApplyEditRequest, EditDelta, EditResult, RedraftClient} from '../src/grpc/client.ts';
import {withOwnService} from '../src/own-service.ts';
import {StoppedError, stopSignal} from '../src/stop-signal.ts';

interface Figures {
	readonly name: string;
	readonly outputTokens: number;
	readonly passes: number;
	readonly tokensPerSecond: number;
	readonly plainTokensPerSecond: number;
	readonly speedup: number;
	readonly identical: boolean;
}

const colours = {
	TOKEN_SOURCE_ORIGINAL: 'gray',
	TOKEN_SOURCE_UPDATE: 'green',
	TOKEN_SOURCE_CONTEXT: 'cyan',
	TOKEN_SOURCE_MODEL: 'yellow',
} as const;

const isColoured = process.stdout.isTTY && process.env.NO_COLOR === undefined;

function paint(colour: Parameters<typeof styleText>[0], text: string): string {
	return isColoured ? styleText(colour, text) : text;
}

async function exampleFile(name: string): Promise<string> {
	return readFile(fileURLToPath(new URL(`files/${name}`, import.meta.url)), 'utf8');
}

async function edits(): Promise<{name: string; request: ApplyEditRequest}[]> {
	return [
		{
			name: 'update snippet: job-queue.ts',
			request: {
				original: await exampleFile('job-queue.ts'),
				instruction: '',
				update: await exampleFile('job-queue.update.ts'),
				language: 'typescript',
			},
		},
		{
			name: 'instruction: settings.py',
			request: {
				original: await exampleFile('settings.py'),
				instruction: 'Change `DEFAULT_RETRIES` to 5.',
				language: 'python',
			},
		},
		{
			name: 'instruction: quantity-picker.tsx',
			request: {
				original: await exampleFile('quantity-picker.tsx'),
				instruction: 'Please add a single comment.',
				language: 'tsx',
			},
		},
	];
}

function printDelta({text, spans}: EditDelta): void {
	const bytes = Buffer.from(text);
	for (const {startByte, endByte, source} of spans) {
		const colour = colours[source as keyof typeof colours] ?? 'gray';
		process.stdout.write(paint(colour, bytes.subarray(startByte, endByte).toString()));
	}
}

/** Both runs read the same prompt, so the time of the plain run's first pass is taken off both. */
function compare(name: string, fast: EditResult, plain: EditResult): Figures {
	const promptMs = plain.summary.prefillMs;
	const rate = ({summary}: EditResult) => {
		const decodingMs = summary.prefillMs + summary.decodeMs - promptMs;
		return (1000 * summary.outputTokens) / Math.max(1, decodingMs);
	};
	return {
		name,
		outputTokens: fast.summary.outputTokens,
		passes: fast.summary.verifyPasses,
		tokensPerSecond: rate(fast),
		plainTokensPerSecond: rate(plain),
		speedup: rate(fast) / rate(plain),
		identical: fast.text === plain.text && String(fast.tokenIds) === String(plain.tokenIds),
	};
}

function printComparison(figures: Figures, fast: EditResult, plain: EditResult): void {
	const row = (label: string, {summary}: EditResult, rate: number) => {
		const accepted = `${(100 * summary.acceptanceRate).toFixed(0)} %`.padStart(9);
		const passes = String(summary.verifyPasses).padStart(8);
		console.log(
			`  ${label.padEnd(13)}${rate.toFixed(1).padStart(9)} tokens/s${passes} passes${accepted} of the draft accepted`,
		);
	};
	console.log();
	row('speculative', fast, figures.tokensPerSecond);
	row('plain', plain, figures.plainTokensPerSecond);
	const same = figures.identical ? 'identical output' : 'DIFFERENT OUTPUT';
	console.log(`  ${paint('bold', `${figures.speedup.toFixed(1)} times faster, ${same}`)}\n`);
}

async function demonstrate(client: RedraftClient, signal: AbortSignal): Promise<Figures[]> {
	const all: Figures[] = [];
	for (const {name, request} of await edits()) {
		console.log(`\n${paint('bold', name)}  ${legend()}\n`);
		const options = {includeTokenIds: true, includeProvenance: true};
		const fast = await client.edit({...request, options}, {signal, onDelta: printDelta});
		process.stdout.write('\nthe same edit, one token per pass …');
		const plain = await client.edit({...request, options: {...options, speculation: false}}, {signal});
		const figures = compare(name, fast, plain);
		printComparison(figures, fast, plain);
		all.push(figures);
	}

	return all;
}

function legend(): string {
	return Object.entries(colours)
		.map(([source, colour]) => paint(colour, source.replace('TOKEN_SOURCE_', '').toLowerCase()))
		.join(' ');
}

endWithReader();
const stop = stopSignal();

try {
	const onProgress = (line: string) => console.log(paint('dim', line));
	const figures = await withOwnService({onProgress, signal: stop}, client => demonstrate(client, stop));
	if (process.argv.includes('--json')) {
		console.log(JSON.stringify({edits: figures}));
	}

	process.exitCode = figures.every(({identical}) => identical) ? 0 : 1;
} catch (error) {
	console.error(stop.aborted ? '\nstopped' : `demo: ${(error as Error).message}`);
	process.exitCode = stop.reason instanceof StoppedError ? stop.reason.exitCode : 1;
}
