import {AdminServer, type AdminSource} from './admin/admin-server.ts';
import {type Config, ConfigError, settings} from './config.ts';
import type {EditObserver} from './telemetry/edit-observer.ts';
import {ServiceMetrics} from './telemetry/metrics/service-metrics.ts';
import {combineObservers} from './telemetry/observers.ts';
import type {Tracing} from './telemetry/tracing/export-spans.ts';
import {startTracing} from './telemetry/tracing/start-tracing.ts';

/** What tells of a running service: metrics, traces, and the port where the metrics are read. */
export class Observability {
	readonly metrics = new ServiceMetrics();
	/** Told of every edit. */
	readonly observer: EditObserver;
	readonly #tracing: Tracing | undefined;
	#admin: AdminServer | undefined;

	private constructor(tracing: Tracing | undefined) {
		this.#tracing = tracing;
		this.observer = combineObservers([this.metrics, ...(tracing ? [tracing.observer] : [])]);
	}

	static async start({otlpEndpoint, otlpServiceName}: Config): Promise<Observability> {
		return new Observability(await startTracing({endpoint: otlpEndpoint, serviceName: otlpServiceName}));
	}

	/**
	 * Opens the admin port, where one is asked for.
	 * @returns the address that it listens on
	 * @throws {ConfigError} the address is not free
	 */
	async listen(
		address: string | undefined,
		unreadyReason: AdminSource['unreadyReason'],
	): Promise<string | undefined> {
		if (address === undefined) {
			return undefined;
		}

		const {metrics} = this;
		metrics.collectProcessMetrics();
		const {contentType} = metrics;
		this.#admin = new AdminServer({unreadyReason, contentType, text: () => metrics.text()});
		try {
			return await this.#admin.listen(address);
		} catch (error) {
			const {variable} = settings.adminListen;
			const {message} = error as Error;
			throw new ConfigError(`${variable}: expected a free address, got ${address}: ${message}`);
		}
	}

	/** Closes the port and sends what is left of the traces. */
	async stop(): Promise<void> {
		await this.#admin?.stop();
		await this.#tracing?.stop();
	}
}
