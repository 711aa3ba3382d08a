import {Metadata, type ServiceError, status} from '@grpc/grpc-js';
import test from 'ava';
import fc from 'fast-check';
import {retryWaitMs} from '../../src/grpc/retry-policy.ts';

function failure(code: status, pushback?: string): ServiceError {
	const metadata = new Metadata();
	if (pushback !== undefined) {
		metadata.set('grpc-retry-pushback-ms', pushback);
	}

	return Object.assign(new Error(), {code, details: '', metadata});
}

const longest = () => 1;

test('the wait doubles with each attempt up to its bound, and is any part of that', t => {
	const waits = [1, 2, 3, 4, 5, 6].map(attempt =>
		retryWaitMs(failure(status.UNAVAILABLE), attempt, {maxAttempts: 7}, longest),
	);
	t.deepEqual(waits, [500, 1000, 2000, 4000, 5000, 5000]);
	t.is(
		retryWaitMs(failure(status.UNAVAILABLE), 1, {}, () => 0.5),
		250,
	);
});

test('after the last attempt there is none', t => {
	t.is(retryWaitMs(failure(status.UNAVAILABLE), 4, {}), undefined);
	t.is(retryWaitMs(failure(status.UNAVAILABLE), 1, {maxAttempts: 1}), undefined);
	t.is(retryWaitMs(failure(status.UNAVAILABLE, '5'), 1, {maxAttempts: 1}), undefined);
});

test('no other status is repeated, unless the server names a wait', t => {
	const codes = Object.values(status).filter(code => typeof code === 'number' && code !== status.UNAVAILABLE);
	for (const code of codes as status[]) {
		t.is(retryWaitMs(failure(code), 1, {}), undefined);
	}

	t.is(retryWaitMs(failure(status.RESOURCE_EXHAUSTED, '1234'), 1, {}, longest), 1234);
});

test('a wait that the server names is kept to; anything that is no wait forbids the attempt', t => {
	t.is(retryWaitMs(failure(status.UNAVAILABLE, '0'), 1, {}, longest), 0);
	fc.assert(
		fc.property(fc.constantFrom('-1', '', 'soon', '1.5', ' 1', '99999999999999'), pushback => {
			t.is(retryWaitMs(failure(status.UNAVAILABLE, pushback), 1, {}), undefined);
		}),
	);
});
