import {once} from 'node:events';
import {get, type IncomingMessage} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import {readTail} from './instance-files.ts';

/** What is waited for. */
export interface ReadinessOptions {
	/** Such as `127.0.0.1:8000`. */
	readonly httpAddress: string;
	readonly models: readonly string[];
	readonly timeoutMs: number;
	/** Called every 5 seconds with the time waited so far. */
	readonly onWait: (waitedMs: number) => void;
	readonly signal: AbortSignal;
}

const pollMs = 100;
const requestTimeoutMs = 5_000;
const reportMs = 5_000;
const metricsTimeoutMs = 60_000;

async function isReachable(url: string, timeoutMs: number): Promise<boolean> {
	try {
		// Without an agent the connection closes: Triton's shutdown waits for connections that are kept alive.
		const request = get(url, {agent: false});
		request.setTimeout(timeoutMs, () => request.destroy(new Error('no answer')));
		const [response] = (await once(request, 'response')) as [IncomingMessage];
		response.resume();
		return response.statusCode === 200;
	} catch {
		// Triton opens its frontends only when the models are loaded.
		return false;
	}
}

/**
 * Waits until Triton reports every model ready.
 * @returns whether they were ready in time
 * @throws the signal's reason, if it aborts
 */
export async function waitUntilReady(options: ReadinessOptions): Promise<boolean> {
	const {httpAddress, models, timeoutMs, onWait, signal} = options;
	const startMs = performance.now();
	let numReports = 0;
	while (true) {
		signal.throwIfAborted();
		const urls = models.map(model => `http://${httpAddress}/v2/models/${encodeURIComponent(model)}/ready`);
		const ready = await Promise.all(urls.map(url => isReachable(url, requestTimeoutMs)));
		if (ready.every(Boolean)) {
			return true;
		}
		const waitedMs = performance.now() - startMs;
		if (waitedMs > timeoutMs) {
			return false;
		}
		if (waitedMs > (numReports + 1) * reportMs) {
			numReports++;
			onWait(waitedMs);
		}

		await delay(pollMs);
	}
}

/**
 * Waits for the metrics, which start last, up to a minute: a busy machine takes long.
 * @returns false if they did not start: Triton only logs it when their port is taken, and goes on without
 * @throws the signal's reason, if it aborts
 */
export async function waitForMetrics(
	metricsAddress: string,
	logFile: string,
	signal: AbortSignal,
): Promise<boolean> {
	const endMs = performance.now() + metricsTimeoutMs;
	while (performance.now() < endMs) {
		signal.throwIfAborted();
		if ((await readTail(logFile)).some(line => line.includes('failed to start Metrics'))) {
			return false;
		}
		if (await isReachable(`http://${metricsAddress}/metrics`, requestTimeoutMs)) {
			return true;
		}
		await delay(pollMs);
	}

	return false;
}
