import {ContextLengthError, InvalidRequestError} from '../edit/invalid-request-error.ts';
import {type ErrorKind, RedraftError} from '../errors/errors.ts';

type ErrorType = 'invalid_request_error' | 'authentication_error' | 'rate_limit_error' | 'server_error';

/** The body of every failure, in the form that OpenAI's clients read. */
export interface ErrorBody {
	readonly error: {
		readonly message: string;
		readonly type: ErrorType;
		readonly param: string | null;
		readonly code: string | null;
	};
}

interface HttpErrorDetails {
	readonly type?: ErrorType;
	readonly param?: string;
	readonly code?: string;
}

/** A failure that HTTP alone knows, such as a path that is not served. */
export class HttpError extends Error {
	override readonly name = 'HttpError';

	constructor(
		readonly status: number,
		message: string,
		readonly details: HttpErrorDetails = {},
	) {
		super(message);
	}
}

/** What a caller is told: the status, the body, and when to try again. */
export interface HttpFailure {
	readonly status: number;
	readonly body: ErrorBody;
	readonly retryAfterMs?: number;
}

/** Where the failure itself does not say. */
const defaultRetryAfterMs = 1000;

const failures: Readonly<Record<ErrorKind, {status: number; type: ErrorType; code: string | null}>> = {
	invalid_argument: {status: 400, type: 'invalid_request_error', code: null},
	resource_exhausted: {status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded'},
	unavailable: {status: 503, type: 'server_error', code: 'unavailable'},
	cancelled: {status: 499, type: 'invalid_request_error', code: 'cancelled'},
	internal: {status: 500, type: 'server_error', code: null},
};

/**
 * Maps anything caught to what the caller is told: known failures keep their message, anything else leaves with a
 * neutral one, because its text may hold file contents or paths.
 */
export function toHttpFailure(error: unknown): HttpFailure {
	if (error instanceof HttpError) {
		const {type = 'invalid_request_error', param = null, code = null} = error.details;
		return {status: error.status, body: {error: {message: error.message, type, param, code}}};
	}

	if (!(error instanceof RedraftError)) {
		const message = 'internal error; see the log of the service';
		return {status: 500, body: {error: {message, type: 'server_error', param: null, code: null}}};
	}

	const {status, type, code} = failures[error.kind];
	const param = error instanceof InvalidRequestError ? error.field : null;
	const isTooLong = error instanceof ContextLengthError;
	return {
		status,
		body: {
			error: {message: error.message, type, param, code: isTooLong ? 'context_length_exceeded' : code},
		},
		...((status === 429 || status === 503) && {retryAfterMs: error.retryAfterMs ?? defaultRetryAfterMs}),
	};
}
