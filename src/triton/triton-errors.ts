import {type ServiceError, status} from '@grpc/grpc-js';
import {CacheFullError, SequenceLostError, VerifierRefusedError} from '../speculation/verifier-errors.ts';

/**
 * What a failed step means for the edit. Triton tells some failures apart by their text alone: a sequence that it
 * does not know is INVALID_ARGUMENT, as a refused step is, and a server that stops is UNAVAILABLE, as one that is
 * gone.
 */
export function toVerifierError(error: ServiceError, stepTimeoutMs: number): Error {
	const {code, details} = error;
	const options = {cause: error};
	switch (code) {
		case status.INVALID_ARGUMENT:
			return details.includes('must specify the START flag')
				? new SequenceLostError(
						`the model's server no longer knows the sequence: ${details}`,
						'lost',
						options,
					)
				: new VerifierRefusedError(details, options);
		case status.NOT_FOUND:
			return details.startsWith('sequence ')
				? new SequenceLostError(details, 'evicted', options)
				: new SequenceLostError(`the model is not ready: ${details}`, 'unavailable', options);
		case status.DEADLINE_EXCEEDED:
			return new SequenceLostError(
				`verify step: expected an answer within ${stepTimeoutMs} ms, got none`,
				'timeout',
				options,
			);
		case status.UNAVAILABLE:
			if (details.startsWith('sequence ')) {
				// That says nothing against the server.
				return new CacheFullError(details, options);
			}

			return gone(details, options);
		case status.CANCELLED:
			return gone(details, options);
		default:
			return new SequenceLostError(`the model's server failed: ${details}`, 'lost', options);
	}
}

function gone(details: string, options: ErrorOptions): SequenceLostError {
	const isDrained = details.includes('stopped accepting') || details.includes('Server is stopping');
	const reason = isDrained ? 'drained' : 'unavailable';
	return new SequenceLostError(`the model's server cannot be reached: ${details}`, reason, options);
}
