import {status} from '@grpc/grpc-js';
import test from 'ava';
import {QueueFullError} from '../../src/edit/edit-queue.ts';
import {InvalidRequestError} from '../../src/edit/invalid-request-error.ts';
import {EditCancelledError, UnavailableError} from '../../src/errors/errors.ts';
import {toStatus} from '../../src/grpc/status.ts';
import {SequenceLostError, VerifierRefusedError} from '../../src/speculation/verifier-errors.ts';
import {UnencodableTextError} from '../../src/tokenizer/tokenizer-errors.ts';

test('each failure leaves with the status of its kind and its own message', t => {
	const expected: [Error, status][] = [
		[new InvalidRequestError('path', 'one line', 'two'), status.INVALID_ARGUMENT],
		[new UnencodableTextError('text: …'), status.INVALID_ARGUMENT],
		[new VerifierRefusedError('too long'), status.INVALID_ARGUMENT],
		[new QueueFullError(3, 0), status.RESOURCE_EXHAUSTED],
		[new UnavailableError('starting'), status.UNAVAILABLE],
		[new SequenceLostError('gone', 'lost'), status.UNAVAILABLE],
		[new EditCancelledError(), status.CANCELLED],
	];
	for (const [error, code] of expected) {
		t.like(toStatus(error), {code, details: error.message}, error.name);
	}
});

test('anything else leaves as internal, without its text', t => {
	const neutral = {code: status.INTERNAL, details: 'internal error; see the log of the service'};
	for (const thrown of [new Error('const secret = 1;'), 'const secret = 1;', undefined]) {
		t.deepEqual(toStatus(thrown), neutral);
	}
});
