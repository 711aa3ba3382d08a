import {type ClientDuplexStream, type ServiceError, status} from '@grpc/grpc-js';
import type {ModelInferRequest} from '../protos/generated/inference/ModelInferRequest.ts';
import type {ModelInferResponse__Output} from '../protos/generated/inference/ModelInferResponse.ts';

export interface CallLimits {
	readonly timeoutMs: number;
	readonly signal?: AbortSignal;
}

/** As much of a `ServiceError` as tells what has failed. */
type CallError = Error & Pick<ServiceError, 'code' | 'details'>;

interface Waiter {
	readonly resolve: (response: ModelInferResponse__Output) => void;
	readonly reject: (error: CallError) => void;
}

/**
 * A ModelInfer that is open before its request is known: what opening costs can be paid while the model computes. The
 * server sees a unary call whose headers come early, and the time-out is kept here, since it begins with the request.
 */
export class InferCall {
	readonly #call: ClientDuplexStream<ModelInferRequest, ModelInferResponse__Output>;
	readonly #idle: NodeJS.Timeout;
	#waiter: Waiter | undefined;
	#isUsable = true;

	/** @param idleMs how long it stays open without a request */
	constructor(call: ClientDuplexStream<ModelInferRequest, ModelInferResponse__Output>, idleMs: number) {
		this.#call = call;
		call.on('data', response => this.#waiter?.resolve(response));
		call.on('error', error => this.#fail(error as ServiceError));
		call.on('end', () => this.#fail(callError(status.INTERNAL, 'the call ended without a response')));
		this.#idle = setTimeout(() => this.close(), idleMs).unref();
	}

	/** Whether a request can be sent: none was, and the call has not ended. */
	get isUsable(): boolean {
		return this.#isUsable;
	}

	/**
	 * Sends the only request of the call.
	 * @throws a `ServiceError` or what tells as much
	 */
	async send(
		request: ModelInferRequest,
		{timeoutMs, signal}: CallLimits,
	): Promise<ModelInferResponse__Output> {
		if (signal?.aborted) {
			this.close();
			throw signal.reason;
		}

		if (!this.#isUsable) {
			throw callError(status.CANCELLED, 'the call has ended or has had its request');
		}

		this.#isUsable = false;
		clearTimeout(this.#idle);
		const cancel = () => this.#call.cancel();
		const timer = setTimeout(() => {
			this.#fail(callError(status.DEADLINE_EXCEEDED, `no response within ${timeoutMs} ms`));
			cancel();
		}, timeoutMs);
		signal?.addEventListener('abort', cancel, {once: true});
		try {
			return await this.#exchange(request);
		} finally {
			clearTimeout(timer);
			signal?.removeEventListener('abort', cancel);
		}
	}

	/** Gives the call up; whoever waits for its response gets an error. */
	close(): void {
		this.#isUsable = false;
		clearTimeout(this.#idle);
		this.#call.cancel();
	}

	#exchange(request: ModelInferRequest): Promise<ModelInferResponse__Output> {
		return new Promise((resolve, reject) => {
			this.#waiter = {resolve, reject};
			this.#call.write(request);
			this.#call.end();
		});
	}

	#fail(error: CallError): void {
		this.#isUsable = false;
		clearTimeout(this.#idle);
		this.#waiter?.reject(error);
	}
}

function callError(code: status, details: string): CallError {
	return Object.assign(new Error(details), {code, details});
}
