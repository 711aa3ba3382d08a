/**
 * Sends ten times as many edits a second as the real service ends, and prints what becomes of those that are let in
 * (their speed beside a run at capacity before and after) and of those that are refused (how soon), and the memory.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {RedraftClient} from '../../src/grpc/client.ts';
import {stopSignal} from '../../src/stop-signal.ts';
import {startTinyTriton, tinyEdit} from '../../test/helpers/tiny-triton.ts';
import {ServiceProcess} from '../hostile/service-process.ts';
import {quantile} from '../quantile.ts';
import {editsPerSecond, type Speeds, speedsOf} from './figures.ts';
import {arrive, fill, type LoadResult} from './load.ts';

const {values: flags} = parseArgs({
	options: {
		json: {type: 'boolean', default: false},
		/** A tiny random model in place of the built-in one; needs what `npm test` sets. */
		tiny: {type: 'boolean', default: false},
		places: {type: 'string', default: '4'},
		tokens: {type: 'string', default: '60'},
		rounds: {type: 'string', default: '5'},
	},
});
const overload = 10;
const minSpeedShare = 0.8;
const maxRefusalMs = 50;
const numPlaces = Number(flags.places);
const numRounds = Number(flags.rounds);
const request = tinyEdit(Number(flags.tokens));
const signal = stopSignal();

async function untilReady(client: RedraftClient): Promise<void> {
	while (
		!(await client.edit(request).then(
			() => true,
			() => false,
		))
	) {
		await delay(500, undefined, {signal});
	}
}

/** Runs something, and takes the largest resident memory meanwhile. */
async function peakBytes<Value>(
	service: ServiceProcess,
	work: () => Promise<Value>,
): Promise<[Value, number]> {
	let peak = service.residentBytes;
	const timer = setInterval(() => {
		peak = Math.max(peak, service.residentBytes);
	}, 50);
	try {
		return [await work(), peak];
	} finally {
		clearInterval(timer);
	}
}

interface Figures {
	readonly alone: Speeds;
	readonly overloaded: Speeds;
	readonly numAccepted: number;
	readonly refusalMs: {
		readonly p50: number;
		readonly p99: number;
		readonly max: number;
		readonly count: number;
	};
	readonly memoryBytes: {readonly before: number; readonly peak: number};
}

async function measure(service: ServiceProcess, client: RedraftClient): Promise<Figures> {
	const atCapacity = () => fill(client, request, {numCallers: numPlaces, numEach: numRounds});
	await atCapacity();
	const before = await atCapacity();
	const [startBytes, perSecond] = [service.residentBytes, overload * editsPerSecond(before)];
	const numEdits = overload * numPlaces * numRounds;
	const [flooded, peak] = await peakBytes(service, () =>
		arrive(client, request, {perSecond, numEdits, signal}),
	);
	const after = await atCapacity();
	return {
		alone: meanSpeeds([before, after]),
		overloaded: speedsOf(flooded.accepted),
		numAccepted: flooded.accepted.length,
		refusalMs: {
			p50: quantile(flooded.refusalMs, 0.5),
			p99: quantile(flooded.refusalMs, 0.99),
			max: Math.max(0, ...flooded.refusalMs),
			count: flooded.refusalMs.length,
		},
		memoryBytes: {before: startBytes, peak},
	};
}

/** Before and after, so that a machine that grows slower or faster does not decide. */
function meanSpeeds(results: readonly LoadResult[]): Speeds {
	const speeds = results.map(({accepted}) => speedsOf(accepted));
	const mean = (name: keyof Speeds) => speeds.reduce((sum, one) => sum + one[name], 0) / speeds.length;
	return {each: mean('each'), together: mean('together')};
}

function print({alone, overloaded, numAccepted, refusalMs, memoryBytes}: Figures): void {
	for (const name of ['each', 'together'] as const) {
		const share = ((100 * overloaded[name]) / alone[name]).toFixed(0);
		console.log(
			`tokens/s ${name.padEnd(9)} at capacity ${alone[name].toFixed(1)}, overloaded ${overloaded[name].toFixed(1)} (${share} %)`,
		);
	}

	const {p50, p99, max, count} = refusalMs;
	const times = [p50, p99, max].map(ms => ms.toFixed(1)).join(' / ');
	console.log(`${numAccepted} edits accepted, ${count} refused; refusals in ${times} ms (p50 / p99 / max)`);
	const [before, peak] = [memoryBytes.before, memoryBytes.peak].map(bytes => (bytes / 1e6).toFixed(0));
	console.log(`memory ${before} MB before, ${peak} MB at its peak`);
}

const triton = flags.tiny ? await startTinyTriton() : undefined;
const service = await ServiceProcess.start(signal, {
	REDRAFT_MAX_OPEN_EDITS: String(numPlaces),
	REDRAFT_MAX_QUEUED_EDITS: String(numPlaces),
	...(triton && {
		TRITON_URLS: triton.address,
		REDRAFT_MODEL: 'qwen2.5-coder',
		REDRAFT_MODEL_DIR: triton.modelDirectory,
	}),
});
const client = new RedraftClient(service.address, {maxAttempts: 1});
try {
	await untilReady(client);
	const figures = await measure(service, client);
	print(figures);
	if (flags.json) {
		console.log(JSON.stringify(figures));
	}

	const speedShare = figures.overloaded.together / figures.alone.together;
	process.exitCode = speedShare >= minSpeedShare && figures.refusalMs.p99 <= maxRefusalMs ? 0 : 1;
} finally {
	client.close();
	await service.stop();
	await triton?.stop();
}
