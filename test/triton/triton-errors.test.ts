import {Metadata, type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import {SequenceLostError, VerifierRefusedError} from '../../src/speculation/verifier-errors.ts';
import {toVerifierError} from '../../src/triton/triton-errors.ts';

function serviceError(code: status, details: string): ServiceError {
	return Object.assign(new Error(details), {code, details, metadata: new Metadata()});
}

const becomes = test.macro({
	exec(t, code: status, details: string, type: new (...parameters: never[]) => Error, message: string) {
		const cause = serviceError(code, details);
		const error = toVerifierError(cause, 100);
		t.true(error instanceof type, error.name);
		t.is(error.message, message);
		t.is(error.cause, cause);
	},
	title: (name = '') => name,
});

const unknownSequence =
	"inference request for sequence 42 to model 'verifier' must specify the START flag on the first request of the sequence";
test(
	'a sequence that the batcher does not know is lost',
	becomes,
	status.INVALID_ARGUMENT,
	unknownSequence,
	SequenceLostError,
	`the model's server no longer knows the sequence: ${unknownSequence}`,
);
test(
	'a sequence that the engine has evicted is lost',
	becomes,
	status.NOT_FOUND,
	'sequence 42: evicted',
	SequenceLostError,
	'sequence 42: evicted',
);
test(
	'any other bad argument is the refusal of a step',
	becomes,
	status.INVALID_ARGUMENT,
	'TOKENS: expected at most 8192, got 9000',
	VerifierRefusedError,
	'TOKENS: expected at most 8192, got 9000',
);
test(
	'a model that is not there is not ready',
	becomes,
	status.NOT_FOUND,
	'Request for unknown model',
	SequenceLostError,
	'the model is not ready: Request for unknown model',
);
test(
	'a step without an answer in time is told with its limit',
	becomes,
	status.DEADLINE_EXCEEDED,
	'Deadline exceeded',
	SequenceLostError,
	'verify step: expected an answer within 100 ms, got none',
);
for (const code of [status.UNAVAILABLE, status.CANCELLED]) {
	test(
		`${status[code]} is a server that cannot be reached`,
		becomes,
		code,
		'connection dropped',
		SequenceLostError,
		"the model's server cannot be reached: connection dropped",
	);
}

test(
	'any other failure is one of the server itself',
	becomes,
	status.INTERNAL,
	'CUDA out of memory',
	SequenceLostError,
	"the model's server failed: CUDA out of memory",
);

const reasons: readonly [code: status, details: string, reason: string][] = [
	[status.INVALID_ARGUMENT, unknownSequence, 'lost'],
	[status.NOT_FOUND, 'sequence 42: evicted', 'evicted'],
	[status.NOT_FOUND, 'Request for unknown model', 'unavailable'],
	[status.DEADLINE_EXCEEDED, 'Deadline exceeded', 'timeout'],
	[status.UNAVAILABLE, 'connection dropped', 'unavailable'],
	[status.UNAVAILABLE, 'sequence 42: no room for 900 tokens', 'evicted'],
	[
		status.UNAVAILABLE,
		'Server is stopping, scheduler for model has stopped accepting new inference requests',
		'drained',
	],
	[status.INTERNAL, 'CUDA out of memory', 'lost'],
];

test('each loss has the reason that moves are counted by', t => {
	for (const [code, details, reason] of reasons) {
		t.like(toVerifierError(serviceError(code, details), 100), {reason}, details);
	}
});
