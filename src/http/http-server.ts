import {createServer as createPlainServer, type RequestListener, type Server} from 'node:http';
import {createServer as createTlsServer, type Server as TlsServer} from 'node:https';
import {setTimeout as delay} from 'node:timers/promises';
import type {SecureContextOptions} from 'node:tls';
import {getRequestListener} from '@hono/node-server';
import type {Certificates} from '../access/certificates.ts';
import type {ClientTokens} from '../access/client-tokens.ts';
import type {ReloadedFiles} from '../access/reloaded-files.ts';
import {listenAt} from '../addresses/listen-at.ts';
import type {Admission} from '../edit/admission.ts';
import {UnavailableError} from '../errors/errors.ts';
import type {EditObserver} from '../telemetry/edit-observer.ts';
import {silentObserver} from '../telemetry/observers.ts';
import {createApp} from './app.ts';

const flushMs = 1000;

export interface HttpServerOptions {
	readonly maxRequestBytes: number;
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
		} = options;
		const shutdown = this.#shutdown.signal;
		const app = createApp({admission, maxRequestBytes, model, tokens, observer, shutdown}, hasPage);
		this.#server = createServer(getRequestListener(app.fetch, {overrideGlobalObjects: false}), certificates);
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
): Server | TlsServer {
	if (certificates?.current.identity === undefined) {
		return createPlainServer(listener);
	}

	const isCertified = certificates.current.ca !== undefined;
	const options = {
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
