import test from 'ava';
import {formatReport} from '../soak/report.ts';
import {runSoak} from '../soak/run-soak.ts';

/** A short one; `npm run soak` strikes each fault five times. */
const soak = {seed: 1, minEdits: 40, rounds: 1, maxMinutes: 8};

test('edits under every fault, in an order by lot, end right or fail clearly, and nothing is left of them', async t => {
	const report = await runSoak(soak);
	t.log(formatReport(report, soak.seed));
	t.deepEqual(report.problems, [], report.history.join('\n'));
	t.true(report.edits.finished > 0);
});
