import {randomBytes} from 'node:crypto';
import {performance} from 'node:perf_hooks';
import type {ServiceError} from '@grpc/grpc-js';
import {EditCancelledError} from '../errors/errors.ts';
import type {InferParameter} from '../protos/generated/inference/InferParameter.ts';
import type {ModelInferRequest} from '../protos/generated/inference/ModelInferRequest.ts';
import type {ModelInferResponse__Output} from '../protos/generated/inference/ModelInferResponse.ts';
import type {
	BranchAnswer,
	Verifier,
	VerifierSequence,
	VerifyAnswer,
	VerifyStep,
} from '../speculation/verifier.ts';
import {SequenceLostError} from '../speculation/verifier-errors.ts';
import type {InferCall} from './infer-call.ts';
import type {KvTokens} from './kv-ledger.ts';
import {hasOutput, packInt32, unpackFloat32, unpackInt32} from './tensors.ts';
import type {TritonClient} from './triton-client.ts';
import {toVerifierError} from './triton-errors.ts';

export interface TritonVerifierOptions {
	/** Name of the model in Triton's repository. */
	readonly modelName: string;
	/** Longest wait for one step, queueing included. The state of the sequence is unknown after it. */
	readonly stepTimeoutMs: number;
	/** Longest wait for the request that ends a sequence. */
	readonly endTimeoutMs: number;
	/** Told with each answer how much room the model's KV cache has, by models that tell it. */
	readonly onKvTokens?: (tokens: KvTokens) => void;
}

/** Verifies on Triton: one sequence of the stateful batcher per edit, one unary request per step. */
export class TritonVerifier implements Verifier {
	readonly #client: TritonClient;
	readonly #options: TritonVerifierOptions;

	constructor(client: TritonClient, options: TritonVerifierOptions) {
		this.#client = client;
		this.#options = options;
	}

	open(): VerifierSequence {
		return new TritonSequence(this.#client, this.#options);
	}
}

class TritonSequence implements VerifierSequence {
	readonly #client: TritonClient;
	readonly #options: TritonVerifierOptions;
	readonly #id = freshSequenceId();
	/** Of the next request. */
	#call: InferCall | undefined;
	#state: 'new' | 'open' | 'ended' = 'new';

	constructor(client: TritonClient, options: TritonVerifierOptions) {
		this.#client = client;
		this.#options = options;
	}

	async verify(step: VerifyStep, signal: AbortSignal): Promise<VerifyAnswer> {
		const isStart = this.#state === 'new';
		this.#state = 'open';
		const request = this.#request(
			{sequence_start: {boolParam: isStart}},
			{
				TOKENS: [step.prefix, ...step.branches].flat(),
				BRANCHES: step.branches.map(branch => branch.length),
				KEEP: [step.keepLength],
				ADOPT: [step.adoptBranch],
			},
		);
		const sentMs = performance.now();
		const response = await this.#infer(request, signal);
		const answer = readAnswer(step, response, performance.now() - sentMs);
		this.#tellKvTokens(response);
		return answer;
	}

	async end(): Promise<void> {
		if (this.#state !== 'open') {
			return;
		}

		this.#state = 'ended';
		const request = this.#request(
			{sequence_end: {boolParam: true}},
			{TOKENS: [], BRANCHES: [], KEEP: [0], ADOPT: [0]},
		);
		try {
			this.#tellKvTokens(await this.#takeCall().send(request, {timeoutMs: this.#options.endTimeoutMs}));
		} catch {
			// A sequence that Triton no longer knows is free already; any other is reaped when it has idled long enough.
		}
	}

	#tellKvTokens(response: ModelInferResponse__Output): void {
		if (!hasOutput(response, 'KV_TOKENS')) {
			return;
		}

		const [free, total] = unpackInt32(response, 'KV_TOKENS');
		if (free === undefined || total === undefined) {
			throw new SequenceLostError('output KV_TOKENS: expected free and total tokens, got fewer', 'malformed');
		}

		this.#options.onKvTokens?.({free, total});
	}

	#request(
		flags: Record<string, InferParameter>,
		tensors: Record<string, readonly number[]>,
	): ModelInferRequest {
		return {
			modelName: this.#options.modelName,
			parameters: {sequence_id: {int64Param: this.#id}, ...flags},
			...packInt32(tensors),
		};
	}

	#takeCall(): InferCall {
		const call = this.#call;
		this.#call = undefined;
		return call?.isUsable ? call : this.#client.openInfer();
	}

	#prepareCall(): void {
		if (this.#state !== 'open' || this.#call) {
			return;
		}

		try {
			this.#call = this.#client.openInfer();
		} catch {
			// Whoever needs it opens another, and hears why that is not to be.
		}
	}

	async #infer(request: ModelInferRequest, signal: AbortSignal): Promise<ModelInferResponse__Output> {
		const timeoutMs = this.#options.stepTimeoutMs;
		try {
			const response = this.#takeCall().send(request, {timeoutMs, signal});
			// Once the request is on its way.
			setImmediate(() => this.#prepareCall());
			return await response;
		} catch (error) {
			throw signal.aborted ? new EditCancelledError() : toVerifierError(error as ServiceError, timeoutMs);
		}
	}
}

/** Never used twice: an id that is reused while its old requests are queued loses its slot on the server. */
function freshSequenceId(): string {
	return (randomBytes(8).readBigUInt64BE() >> 1n || 1n).toString();
}

function readAnswer(
	step: VerifyStep,
	response: ModelInferResponse__Output,
	roundTripMs: number,
): VerifyAnswer {
	const tokens = unpackInt32(response, 'ARGMAX');
	const margins = unpackFloat32(response, 'MARGIN');
	const passMs = unpackFloat32(response, 'PASS_MS')[0]!;
	const lengths = step.branches.length === 0 ? [0] : step.branches.map(branch => branch.length);
	const expected = lengths.reduce((sum, length) => sum + length + 1, 0);
	if (tokens.length !== expected || margins.length !== expected) {
		throw new SequenceLostError(
			`output ARGMAX: expected ${expected} positions, got ${tokens.length} with ${margins.length} margins`,
			'malformed',
		);
	}

	// Of logits that are no numbers, the greatest is anything.
	const bad = tokens.findIndex((token, i) => token < 0 || !Number.isFinite(margins[i]));
	if (bad !== -1) {
		throw new SequenceLostError(
			`output ARGMAX: expected token ids with finite margins, got ${tokens[bad]} with ${margins[bad]} at ${bad}`,
			'malformed',
		);
	}

	return {
		branches: split(lengths, tokens, margins),
		passMs,
		queueMs: Math.max(0, roundTripMs - passMs),
		packedTokens: unpackInt32(response, 'PACKED')[0]!,
	};
}

function split(lengths: readonly number[], tokens: Int32Array, margins: Float32Array): BranchAnswer[] {
	let start = 0;
	return lengths.map(length => {
		const end = start + length + 1;
		const answer = {tokens: tokens.subarray(start, end), margins: margins.subarray(start, end)};
		start = end;
		return answer;
	});
}
