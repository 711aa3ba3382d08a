import {
	createServer as createPlainServer,
	type RequestListener,
	type Server,
	type ServerOptions,
} from 'node:http';
import {createServer as createTlsServer, type Server as TlsServer} from 'node:https';
import {setTimeout as delay} from 'node:timers/promises';
import type {SecureContextOptions} from 'node:tls';
import {getRequestListener} from '@hono/node-server';
import type {Certificates} from '../access/certificates.ts';
import type {ClientTokens} from '../access/client-tokens.ts';
import type {ReloadedFiles} from '../access/reloaded-files.ts';
import {listenAt} from '../addresses/listen-at.ts';
import type {Admission} from '../edit/admission.ts';
import {RequestMemory} from '../edit/request-memory.ts';
import {UnavailableError} from '../errors/errors.ts';
import type {EditObserver} from '../telemetry/edit-observer.ts';
import {silentObserver} from '../telemetry/observers.ts';
import {createApp} from './app.ts';

const flushMs = 1000;
const defaultReadTimeoutMs = 60_000;
const maxCheckIntervalMs = 10_000;
const keepAliveMs = 10_000;

export interface HttpServerOptions {
	readonly maxRequestBytes: number;
	/** Shared with other ports. */
	readonly requestMemory?: RequestMemory;
	/** How long a request may take from its beginning to its end. */
	readonly readTimeoutMs?: number;
	/** Name of the model that answers. */
	readonly model: string;
	/** With a certificate and its key. Undefined: plaintext. */
	readonly certificates?: ReloadedFiles<Certificates> | undefined;
	/** Known as API keys. Undefined: whoever reaches the port is served. */
	readonly tokens?: ReloadedFiles<ClientTokens> | undefined;
	/** Whether the page is served at `/`. */
	readonly hasPage?: boolean;
	readonly observer?: EditObserver;
}

/** The HTTP port for callers: what OpenAI's clients speak, and the page. */
export class HttpServer {
	readonly #server: Server | TlsServer;
	readonly #shutdown = new AbortController();
	#isStopping = false;

	constructor(admission: Admission, options: HttpServerOptions) {
		const {
			maxRequestBytes,
			model,
			certificates,
			tokens,
			hasPage = false,
			observer = silentObserver,
			requestMemory = new RequestMemory(),
			readTimeoutMs = defaultReadTimeoutMs,
		} = options;
		const shutdown = this.#shutdown.signal;
		const routes = {admission, maxRequestBytes, requestMemory, model, tokens, observer, shutdown};
		const listener = getRequestListener(createApp(routes, hasPage).fetch, {overrideGlobalObjects: false});
		this.#server = createServer(listener, certificates, {
			requestTimeout: readTimeoutMs,
			headersTimeout: readTimeoutMs,
			connectionsCheckingInterval: Math.min(readTimeoutMs, maxCheckIntervalMs),
			// A caller that is switched off says nothing.
			keepAlive: true,
			keepAliveInitialDelay: keepAliveMs,
		});
		this.#server.on('request', (_, response) => {
			response.once('close', () => this.#isStopping && this.#server.closeIdleConnections());
		});
	}

	/**
	 * @param address `host:port`; port 0 takes a free one
	 * @returns the address that it listens on
	 */
	async listen(address: string): Promise<string> {
		return listenAt(this.#server, address);
	}

	/** Takes no new calls, lets open answers go on for `graceMs`, then ends them as unavailable. */
	async stop(graceMs: number): Promise<void> {
		this.#isStopping = true;
		const closed = new Promise<void>(resolve => {
			this.#server.close(() => resolve());
		});
		this.#server.closeIdleConnections();
		await Promise.race([closed, delay(graceMs, undefined, {ref: false})]);
		this.#shutdown.abort(new UnavailableError('the service is shutting down; repeat the request elsewhere'));
		await Promise.race([closed, delay(flushMs, undefined, {ref: false})]);
		this.#server.closeAllConnections();
	}
}

/** Connections that are open go on with their certificates, new ones get the newest. */
function createServer(
	listener: RequestListener,
	certificates: ReloadedFiles<Certificates> | undefined,
	limits: ServerOptions,
): Server | TlsServer {
	if (certificates?.current.identity === undefined) {
		return createPlainServer(limits, listener);
	}

	const isCertified = certificates.current.ca !== undefined;
	const options = {
		...limits,
		...secureContextOf(certificates.current),
		requestCert: isCertified,
		rejectUnauthorized: isCertified,
	};
	const server = createTlsServer(options, listener);
	certificates.onChange(changed => server.setSecureContext(secureContextOf(changed)));
	return server;
}

function secureContextOf({identity, ca}: Certificates): SecureContextOptions {
	return {cert: identity?.certificate, key: identity?.privateKey, ca};
}
