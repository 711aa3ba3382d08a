import test from 'ava';
import {blockTokens, KvLedger} from '../../src/triton/kv-ledger.ts';

test('a model that tells nothing of its cache has room for every edit', t => {
	const ledger = new KvLedger();
	ledger.hold(1_000_000);
	t.true(ledger.hasRoomFor(1_000_000));
	t.is(ledger.total, undefined);
});

test('what edits may take is spoken for before they take it, in whole blocks', t => {
	const ledger = new KvLedger();
	ledger.tell({free: 10_000, total: 10_000});
	const holding = ledger.hold(7000);
	t.is(ledger.reserved, 7000 + blockTokens);
	t.true(ledger.hasRoomFor(3000 - 2 * blockTokens));
	t.false(ledger.hasRoomFor(3001 - 2 * blockTokens));
	ledger.release(holding);
	t.true(ledger.hasRoomFor(10_000 - blockTokens));
});

test('an edit that grows beyond what was expected holds what it has', t => {
	const ledger = new KvLedger();
	ledger.tell({free: 10_000, total: 10_000});
	ledger.hold(3000).cached = 6000;
	t.is(ledger.reserved, 6000);
	t.false(ledger.hasRoomFor(5000));
});

test('what is used and is nobody’s here is used by others, until an answer says that it is free', t => {
	const ledger = new KvLedger();
	ledger.hold(3000 - blockTokens).cached = 1000 - blockTokens;
	ledger.tell({free: 5000, total: 10_000});
	t.is(ledger.usedByOthers, 4000);
	t.true(ledger.hasRoomFor(3000 - blockTokens));
	t.false(ledger.hasRoomFor(3001 - blockTokens));
	ledger.tell({free: 9000, total: 10_000});
	t.true(ledger.hasRoomFor(7000 - blockTokens));
	ledger.refused();
	t.is(ledger.usedByOthers, 9000);
	ledger.forgetOthers();
	t.true(ledger.hasRoomFor(7000 - blockTokens));
});
