import test from 'ava';
import {KvLedger} from '../../src/triton/kv-ledger.ts';

test('a model that tells nothing of its cache has room for every edit', t => {
	const ledger = new KvLedger();
	ledger.hold(1_000_000);
	t.true(ledger.hasRoomFor(1_000_000));
	t.is(ledger.total, undefined);
});

test('what edits may take is spoken for before they take it', t => {
	const ledger = new KvLedger();
	ledger.tell({free: 1000, total: 1000});
	const holding = ledger.hold(700);
	t.true(ledger.hasRoomFor(300));
	t.false(ledger.hasRoomFor(301));
	ledger.release(holding);
	t.true(ledger.hasRoomFor(1000));
});

test('an edit that grows beyond what was expected holds what it has', t => {
	const ledger = new KvLedger();
	ledger.tell({free: 1000, total: 1000});
	ledger.hold(300).cached = 450;
	t.is(ledger.reserved, 450);
	t.false(ledger.hasRoomFor(600));
});

test('what is used and is nobody’s here is used by others, until an answer says that it is free', t => {
	const ledger = new KvLedger();
	ledger.hold(300).cached = 100;
	ledger.tell({free: 500, total: 1000});
	t.is(ledger.usedByOthers, 400);
	t.true(ledger.hasRoomFor(300));
	t.false(ledger.hasRoomFor(301));
	ledger.tell({free: 900, total: 1000});
	t.true(ledger.hasRoomFor(700));
	ledger.tell({free: 100, total: 1000});
	ledger.forgetOthers();
	t.true(ledger.hasRoomFor(700));
});
