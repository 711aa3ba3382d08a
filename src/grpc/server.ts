import {setTimeout as delay} from 'node:timers/promises';
import {Server, ServerCredentials, type ServerWritableStream} from '@grpc/grpc-js';
import type {MethodDefinition} from '@grpc/proto-loader';
import {HealthImplementation} from 'grpc-health-check';
import type {Certificates} from '../access/certificates.ts';
import type {ClientTokens} from '../access/client-tokens.ts';
import type {ReloadedFiles} from '../access/reloaded-files.ts';
import {hostOf} from '../addresses/host-port.ts';
import type {Admission} from '../edit/admission.ts';
import type {EditRequest} from '../edit/edit-request.ts';
import {RequestMemory} from '../edit/request-memory.ts';
import {UnavailableError} from '../errors/errors.ts';
import type {ApplyEditResponse} from '../protos/generated/redraft/v1/ApplyEditResponse.ts';
import {loadProto} from '../protos/load-proto.ts';
import type {EditObserver, RefusalReason} from '../telemetry/edit-observer.ts';
import {silentObserver} from '../telemetry/observers.ts';
import {type ReceivedEditRequest, toEditRequest} from './apply-edit-request.ts';
import {toResponse} from './apply-edit-response.ts';
import {authenticate} from './authenticate.ts';
import {boundMemory} from './bound-memory.ts';
import {callerOf} from './caller.ts';
import {serverCredentials} from './credentials.ts';
import {keepalive, keepClosingSessions} from './keepalive.ts';
import {createReflection} from './reflection.ts';
import {serveStream} from './server-stream.ts';
import {withWireCheck} from './wire-check.ts';
import {watchWireRefusals} from './wire-refusals.ts';

const serviceName = 'redraft.v1.Redraft';
const flushMs = 1000;
const defaultReadTimeoutMs = 60_000;
const definition = loadProto('redraft/v1/redraft.proto');
const {ApplyEdit} = definition[serviceName] as {ApplyEdit: MethodDefinition<object, object>};
const editService = {
	ApplyEdit: withWireCheck(ApplyEdit, loadProto('redraft/v1/redraft.proto', {keepCase: true})),
};

type ApplyEditCall = ServerWritableStream<ReceivedEditRequest, ApplyEditResponse>;

export interface ServerOptions {
	readonly maxRequestBytes: number;
	/** Shared with other ports. */
	readonly requestMemory?: RequestMemory;
	/** How long a message may take from its beginning to its end. */
	readonly readTimeoutMs?: number;
	/** With a certificate and its key. Undefined: plaintext. */
	readonly certificates?: ReloadedFiles<Certificates> | undefined;
	/** Undefined: whoever reaches the port is served. */
	readonly tokens?: ReloadedFiles<ClientTokens> | undefined;
	readonly hasReflection?: boolean;
	/** Time between two pings of a caller, and for its answer. @default 10_000 */
	readonly keepaliveMs?: number;
	readonly observer?: EditObserver;
}

/** The gRPC server: Redraft, health and reflection on one port. */
export class RedraftServer {
	readonly #server: Server;
	readonly #health = new HealthImplementation({'': 'NOT_SERVING', [serviceName]: 'NOT_SERVING'});
	readonly #shutdown = new AbortController();
	readonly #edits = new Set<Promise<void>>();
	readonly #credentials: ServerCredentials;
	readonly #observer: EditObserver;

	constructor(admission: Admission, options: ServerOptions) {
		const {maxRequestBytes, certificates, tokens, hasReflection = true, keepaliveMs = 10_000} = options;
		this.#observer = options.observer ?? silentObserver;
		this.#credentials = certificates ? serverCredentials(certificates) : ServerCredentials.createInsecure();
		const refused = (reason: RefusalReason) => this.#observer.refused(reason);
		const guard =
			tokens &&
			authenticate(
				() => tokens.current,
				() => refused('unauthenticated'),
			);
		const wire = watchWireRefusals(refused);
		const memory = boundMemory({
			memory: options.requestMemory ?? new RequestMemory(),
			path: ApplyEdit.path,
			maxBytes: maxRequestBytes,
			readTimeoutMs: options.readTimeoutMs ?? defaultReadTimeoutMs,
			onRefused: () => refused('queue_full'),
		});
		this.#server = new Server({
			'grpc.max_receive_message_length': maxRequestBytes,
			...keepalive(keepaliveMs),
			interceptors: [keepClosingSessions, wire, ...(guard ? [guard] : []), memory],
		});
		this.#server.addService(editService, {
			applyEdit: (call: ApplyEditCall) => this.#serve(call, admission),
		});
		this.#health.addToServer(this.#server);
		if (hasReflection) {
			createReflection().addToServer(this.#server);
		}
	}

	/**
	 * @param address `host:port`; port 0 takes a free one
	 * @returns the address that it listens on
	 */
	async listen(address: string): Promise<string> {
		const port = await new Promise<number>((resolve, reject) => {
			this.#server.bindAsync(address, this.#credentials, (error, boundPort) => {
				if (error) {
					reject(error);
				} else {
					resolve(boundPort);
				}
			});
		});
		return `${hostOf(address)}:${port}`;
	}

	setServing(isServing: boolean): void {
		for (const service of ['', serviceName]) {
			this.#health.setStatus(service, isServing ? 'SERVING' : 'NOT_SERVING');
		}
	}

	/** Takes no new calls, lets open edits go on for `graceMs`, then ends them with UNAVAILABLE. */
	async stop(graceMs: number): Promise<void> {
		this.setServing(false);
		const closed = new Promise<void>(resolve => {
			this.#server.tryShutdown(() => resolve());
		});
		const drained = this.#drain(closed);
		await Promise.race([drained, delay(graceMs, undefined, {ref: false})]);
		this.#shutdown.abort(new UnavailableError('the service is shutting down; repeat the edit elsewhere'));
		await drained;
		this.#server.forceShutdown();
	}

	/**
	 * Resolves when all edits have ended: a call that had begun to arrive when the port was closed becomes one still.
	 * Last messages are on their way then, but a health watcher would hold the server open for ever.
	 */
	async #drain(closed: Promise<void>): Promise<void> {
		do {
			await Promise.all(this.#edits);
			await Promise.race([closed, delay(flushMs, undefined, {ref: false})]);
		} while (this.#edits.size > 0);
	}

	#serve(call: ApplyEditCall, admission: Admission): void {
		const edit = serveStream(
			call,
			(message, signal) => this.#respond(call, message, signal, admission),
			this.#shutdown.signal,
		);
		this.#edits.add(edit);
		void edit.finally(() => this.#edits.delete(edit));
	}

	/** Messages of one response stream, in order. Throws what `toStatus` maps. */
	async *#respond(
		call: ApplyEditCall,
		message: ReceivedEditRequest,
		signal: AbortSignal,
		admission: Admission,
	): AsyncGenerator<ApplyEditResponse, void> {
		const request = this.#check(message);
		for await (const event of admission.run(request, signal, callerOf(call))) {
			const response = toResponse(event, request);
			if (response) {
				yield response;
			}
		}
	}

	#check(message: ReceivedEditRequest): EditRequest {
		try {
			return toEditRequest(message);
		} catch (error) {
			this.#observer.refused('invalid');
			throw error;
		}
	}
}
