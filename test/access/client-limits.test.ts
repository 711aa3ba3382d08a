import test from 'ava';
import {ClientLimitError, ClientLimits} from '../../src/access/client-limits.ts';

const client = {name: 'ci', maxConcurrent: undefined, tokensPerMinute: undefined};

test('a client has as many edits open as it may, and the next place is free when one ends', async t => {
	const limits = new ClientLimits();
	const narrow = {...client, maxConcurrent: 2};
	const [first] = await Promise.all([limits.enter(narrow), limits.enter(narrow)]);
	const error = await t.throwsAsync(limits.enter(narrow), {instanceOf: ClientLimitError});
	t.is(error.retryAfterMs, 1000);
	t.regex(error.message, /^open edits of ci: expected at most 2 at a time/);
	first.leave();
	first.leave();
	await limits.enter(narrow);
	await t.throwsAsync(limits.enter(narrow), {instanceOf: ClientLimitError});
});

test('the edit that crosses the limit of tokens is let in, the next is told when the minute ends', async t => {
	const limits = new ClientLimits();
	const metered = {...client, tokensPerMinute: 100};
	const lease = await limits.enter(metered);
	lease.charge(60);
	(await limits.enter(metered)).charge(60);
	lease.leave();
	const error = await t.throwsAsync(limits.enter(metered), {instanceOf: ClientLimitError});
	t.true(error.retryAfterMs > 0 && error.retryAfterMs <= 60_000);
	t.regex(error.message, /^tokens of ci: expected at most 100 a minute, got 120/);
});

test('clients do not use up each other’s limits', async t => {
	const limits = new ClientLimits();
	const [ci, editor] = ['ci', 'editor'].map(name => ({name, maxConcurrent: 1, tokensPerMinute: 10}));
	(await limits.enter(ci!)).charge(50);
	await t.throwsAsync(limits.enter(ci!), {instanceOf: ClientLimitError});
	await t.notThrowsAsync(limits.enter(editor!));
});

test('a changed limit holds from the next edit on', async t => {
	const limits = new ClientLimits();
	(await limits.enter({...client, tokensPerMinute: 10})).charge(10);
	await t.throwsAsync(limits.enter({...client, tokensPerMinute: 10}), {instanceOf: ClientLimitError});
	await t.notThrowsAsync(limits.enter({...client, tokensPerMinute: 20}));
	await t.notThrowsAsync(limits.enter(client));
});
