import {type Config, ConfigError, settings} from './config.ts';
import type {Admission} from './edit/admission.ts';
import {RequestMemory} from './edit/request-memory.ts';
import {RedraftServer} from './grpc/server.ts';
import {HttpServer} from './http/http-server.ts';
import type {Security} from './security.ts';
import type {EditObserver} from './telemetry/edit-observer.ts';

/** Addresses in the form `host:port`. */
export interface Addresses {
	readonly address: string;
	/** Of the HTTP port, where there is one. */
	readonly httpAddress: string | undefined;
}

/** The ports that callers reach: gRPC and, where it is asked for, HTTP. */
export class Listeners {
	readonly #config: Config;
	readonly #grpc: RedraftServer;
	readonly #http: HttpServer | undefined;

	constructor(admission: Admission, config: Config, security: Security, observer: EditObserver) {
		const {httpListen, hasWebPage: hasPage} = config;
		const options = {...config, ...security, observer, requestMemory: new RequestMemory()};
		this.#config = config;
		this.#grpc = new RedraftServer(admission, options);
		this.#http = httpListen === undefined ? undefined : new HttpServer(admission, {...options, hasPage});
	}

	/** @throws {ConfigError} an address is not free */
	async listen(): Promise<Addresses> {
		const {listen, httpListen} = this.#config;
		return {
			address: await bind(settings.listen.variable, this.#grpc, listen),
			httpAddress: this.#http && (await bind(settings.httpListen.variable, this.#http, httpListen!)),
		};
	}

	setServing(isServing: boolean): void {
		this.#grpc.setServing(isServing);
	}

	/** Takes no new calls, lets open ones go on for `graceMs`, then ends them as unavailable. */
	async stop(graceMs: number): Promise<void> {
		await Promise.all([this.#grpc.stop(graceMs), this.#http?.stop(graceMs)]);
	}
}

async function bind(variable: string, server: Pick<HttpServer, 'listen'>, address: string): Promise<string> {
	try {
		return await server.listen(address);
	} catch (error) {
		const {message} = error as Error;
		throw new ConfigError(`${variable}: expected a free address, got ${address}: ${message}`);
	}
}
