import test from 'ava';
import fc from 'fast-check';
import {RequestMemory, RequestMemoryError} from '../../src/edit/request-memory.ts';

/** A request that holds memory until it is ended. */
function openRequest(memory: RequestMemory, mostBytes: number) {
	const end = new AbortController();
	let settle: ((numBytes: number) => void) | undefined;
	let error: unknown;
	memory.hold(mostBytes, end.signal).then(
		settleIt => {
			settle = settleIt;
		},
		reason => {
			error = reason;
		},
	);
	return {
		mayRead: () => settle !== undefined,
		read: (numBytes: number) => settle!(numBytes),
		error: () => error,
		end: () => end.abort(new Error('ended')),
	};
}

const turn = () => new Promise(resolve => setImmediate(resolve));

test('a request waits while others are being read, and is read once they turn out small', async t => {
	const memory = new RequestMemory(10);
	const [first, second, third] = [4, 4, 4].map(size => openRequest(memory, size));
	await turn();
	t.deepEqual([first!.mayRead(), second!.mayRead(), third!.mayRead()], [true, true, false]);
	first!.read(2);
	await turn();
	t.true(third!.mayRead());
});

test('a request is refused, with a time to come again, where those that have been read leave no room', async t => {
	const memory = new RequestMemory(10);
	const [first, second, waiting] = [4, 4, 4].map(size => openRequest(memory, size));
	await turn();
	first!.read(4);
	second!.read(4);
	await turn();
	const late = openRequest(memory, 4);
	await turn();
	for (const refused of [waiting!, late]) {
		t.false(refused.mayRead());
		t.true(refused.error() instanceof RequestMemoryError);
		t.is((refused.error() as RequestMemoryError).retryAfterMs, 1000);
	}

	first!.end();
	const next = openRequest(memory, 4);
	await turn();
	t.true(next.mayRead());
});

test('a request beyond all memory is read where it is the only one', async t => {
	const memory = new RequestMemory(1);
	const large = openRequest(memory, 4);
	await turn();
	t.true(large.mayRead());
	large.read(4);
	large.end();
	const next = openRequest(memory, 4);
	await turn();
	t.true(next.mayRead());
});

test('what is read at a time stays within the memory, and all of it is free in the end', async t => {
	const steps = fc.array(
		fc.tuple(fc.constantFrom('open', 'read', 'end'), fc.nat(20), fc.double({min: 0, max: 1, noNaN: true})),
	);
	await fc.assert(
		fc.asyncProperty(steps, async plan => {
			const memory = new RequestMemory(20);
			const requests: (ReturnType<typeof openRequest> & {size: number})[] = [];
			for (const [step, number, part] of plan) {
				const request = requests[number % Math.max(1, requests.length)];
				if (step === 'open') {
					requests.push({...openRequest(memory, number), size: number});
				} else if (request && step === 'end') {
					request.end();
					requests.splice(requests.indexOf(request), 1);
				} else if (request?.mayRead()) {
					request.size = Math.floor(request.size * part);
					request.read(request.size);
				}

				await turn();
				const sizes = requests.filter(one => one.mayRead()).map(one => one.size);
				t.true(sizes.reduce((sum, size) => sum + size, 0) <= 20);
			}

			for (const request of requests) {
				request.end();
			}

			const whole = openRequest(memory, 20);
			await turn();
			t.true(whole.mayRead());
		}),
	);
});
