import type {ExecutionContext} from 'ava';
import type {ChatCompletion, ChatCompletionChunk} from 'openai/resources/chat/completions';
import {Admission} from '../../src/edit/admission.ts';
import type {EditBackend} from '../../src/edit/edit.ts';
import {HttpServer, type HttpServerOptions} from '../../src/http/http-server.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import {FixedLengthPolicy} from '../../src/speculation/draft-length-policy.ts';
import type {Verifier} from '../../src/speculation/verifier.ts';
import {byteModel} from '../helpers/byte-model.ts';
import {TargetVerifier, type TargetVerifierOptions} from '../helpers/target-verifier.ts';

export interface ServeOptions
	extends Omit<TargetVerifierOptions, 'target'>,
		Pick<HttpServerOptions, 'tokens' | 'certificates' | 'requestMemory' | 'readTimeoutMs'> {
	/** False: the model is not ready. */
	readonly isReady?: boolean;
	readonly maxOpenEdits?: number;
	readonly maxRequestBytes?: number;
	readonly contextTokens?: number;
	readonly maxDraftTokens?: number;
	/** In place of the usual scripted model. */
	readonly createVerifier?: (target: readonly number[]) => Verifier;
	/** The page is served too. */
	readonly hasPage?: boolean;
	/** The model never ends its answer. */
	readonly isEndless?: boolean;
}

export interface ServedModel {
	/** `http://host:port/v1` */
	readonly baseURL: string;
	readonly server: HttpServer;
	readonly admission: Admission;
	readonly verifier: TargetVerifier;
	readonly model: LoadedModel;
	/** Sends a body as JSON. */
	post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
	/** Asks for a whole completion. */
	complete(body: unknown): Promise<ChatCompletion>;
}

export type {ChatCompletionChunk};

/** The body of a failure. */
export interface Failure {
	readonly error: {
		readonly message: string;
		readonly type: string;
		readonly param: string | null;
		readonly code: string | null;
	};
}

/** The real HTTP port on a free one, with a model that answers every prompt with a text; closed with the test. */
export async function serveHttp(
	t: ExecutionContext,
	answer: string,
	options: ServeOptions = {},
): Promise<ServedModel> {
	const model = await byteModel(t, options.contextTokens);
	const target = [...model.tokenizer.encode(answer), ...(options.isEndless ? [] : [model.endToken])];
	const verifier = new TargetVerifier({...options, target});
	const backend: EditBackend = {
		model,
		verifier: options.createVerifier?.(target) ?? verifier,
		maxDraftTokens: options.maxDraftTokens ?? 32,
		maxBranches: 1,
		moves: {maxMoves: 3, maxWaitMs: 0},
		createPolicy: maxTokens => new FixedLengthPolicy(maxTokens),
	};
	const current = () => (options.isReady === false ? undefined : backend);
	const admission = new Admission(
		{current, reason: () => 'the model is still starting', capacity: () => 64},
		{maxOpenEdits: options.maxOpenEdits ?? 8, maxQueuedEdits: 0},
	);
	const {requestMemory, readTimeoutMs} = options;
	const server = new HttpServer(admission, {
		...(requestMemory && {requestMemory}),
		...(readTimeoutMs !== undefined && {readTimeoutMs}),
		maxRequestBytes: options.maxRequestBytes ?? 4 << 20,
		model: model.name,
		hasPage: options.hasPage ?? false,
		tokens: options.tokens,
		certificates: options.certificates,
	});
	const address = await server.listen('127.0.0.1:0');
	t.teardown(() => server.stop(0));
	const baseURL = `http://${address}/v1`;
	const post = (path: string, body: unknown, init: RequestInit = {}) =>
		fetch(`${baseURL}${path}`, {
			method: 'POST',
			body: typeof body === 'string' ? body : JSON.stringify(body),
			headers: {'content-type': 'application/json'},
			...init,
		});
	const complete = async (body: unknown) =>
		(await (await post('/chat/completions', body)).json()) as ChatCompletion;
	return {baseURL, server, admission, verifier, model, post, complete};
}

/** The `data` of each server-sent event. */
export async function readEvents(response: Response): Promise<string[]> {
	const text = await response.text();
	return text
		.split('\n\n')
		.filter(event => event.startsWith('data: '))
		.map(event => event.slice('data: '.length));
}
