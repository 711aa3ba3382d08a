import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {listenAt} from '../addresses/listen-at.ts';
import {log, stackOf} from '../telemetry/log.ts';

const requestTimeoutMs = 10_000;

/** What the admin port shows. */
export interface AdminSource {
	/** Undefined while edits are served; otherwise why not, in a few words. */
	unreadyReason(): string | undefined;
	/** Content type of the metrics' text. */
	readonly contentType: string;
	/** All metrics in Prometheus' text format. */
	text(): Promise<string>;
}

interface Answer {
	readonly code: number;
	readonly body: string;
	readonly contentType?: string;
}

/**
 * The HTTP port for who runs the service, in plaintext: `/livez` answers while the event loop turns, `/readyz`
 * while edits are served, `/metrics` always. It holds nothing of the callers, and takes no request body.
 */
export class AdminServer {
	readonly #server: Server;

	constructor(source: AdminSource) {
		this.#server = createServer({requestTimeout: requestTimeoutMs}, (request, response) => {
			void answer(source, request)
				.catch((error: unknown): Answer => {
					log('error', 'admin request failed', {stack: stackOf(error)});
					return {code: 500, body: 'internal error\n'};
				})
				.then(written => write(request, response, written));
		});
	}

	/**
	 * @param address `host:port`; port 0 takes a free one
	 * @returns the address that it listens on
	 */
	async listen(address: string): Promise<string> {
		return listenAt(this.#server, address);
	}

	/** Closes the port and every connection to it. */
	async stop(): Promise<void> {
		await new Promise<void>(resolve => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}
}

async function answer(source: AdminSource, {method, url}: IncomingMessage): Promise<Answer> {
	if (method !== 'GET' && method !== 'HEAD') {
		return {code: 405, body: 'expected GET\n'};
	}

	switch (url?.split('?')[0]) {
		case '/livez':
			return {code: 200, body: 'alive\n'};
		case '/readyz': {
			const reason = source.unreadyReason();
			return reason === undefined ? {code: 200, body: 'ready\n'} : {code: 503, body: `${reason}\n`};
		}
		case '/metrics':
			return {code: 200, body: await source.text(), contentType: source.contentType};
		default:
			return {code: 404, body: 'expected /livez, /readyz or /metrics\n'};
	}
}

function write(request: IncomingMessage, response: ServerResponse, {code, body, contentType}: Answer): void {
	response.writeHead(code, {
		'content-type': contentType ?? 'text/plain; charset=utf-8',
		'content-length': Buffer.byteLength(body),
		...(code === 405 && {allow: 'GET, HEAD'}),
	});
	response.end(request.method === 'HEAD' ? undefined : body);
}
