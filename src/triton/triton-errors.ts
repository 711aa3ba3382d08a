import {type ServiceError, status} from '@grpc/grpc-js';
import {UnavailableError} from '../errors/errors.ts';
import {
	SequenceLostError,
	VerifierFailedError,
	VerifierRefusedError,
} from '../speculation/verifier-errors.ts';

/**
 * What a failed step means for the edit. Triton reports a lost sequence as INVALID_ARGUMENT, told from a refused
 * step by its text alone.
 */
export function toVerifierError(error: ServiceError, stepTimeoutMs: number): Error {
	const options = {cause: error};
	switch (error.code) {
		case status.INVALID_ARGUMENT:
			return error.details.includes('must specify the START flag')
				? new SequenceLostError(`the model's server no longer knows the sequence: ${error.details}`, options)
				: new VerifierRefusedError(error.details, options);
		case status.NOT_FOUND:
			return error.details.startsWith('sequence ')
				? new SequenceLostError(error.details, options)
				: new UnavailableError(`the model is not ready: ${error.details}`, options);
		case status.DEADLINE_EXCEEDED:
			return new UnavailableError(
				`verify step: expected an answer within ${stepTimeoutMs} ms, got none`,
				options,
			);
		case status.UNAVAILABLE:
		case status.CANCELLED:
			return new UnavailableError(`the model's server cannot be reached: ${error.details}`, options);
		default:
			return new VerifierFailedError(`the model's server failed: ${error.details}`, options);
	}
}
