import test from 'ava';
import {failedByAva, failedByPytest} from './failed-tests.mjs';

const tap = `TAP version 13
ok 1 - edit › keeps what is right
# edit › before hook
not ok 2 - edit › counts lines
  ---
    name: AssertionError
    message: expected 2
  ...
#   a log line
ok 3 - edit › ends

1..3
# tests 3
# pass 2
# fail 1
`;

test('a failed test of AVA is told again with its cause, and nothing else is', t => {
	t.deepEqual(failedByAva(tap), [
		'not ok 2 - edit › counts lines\n  ---\n    name: AssertionError\n    message: expected 2\n  ...',
	]);
});

test('of a long cause the beginning is told again', t => {
	const [told] = failedByAva(`not ok 1 - long\n${'  line\n'.repeat(1000)}`);
	t.is(told!.split('\n').length, 60);
});

test("pytest's own list of what failed is told again", t => {
	const output =
		'.F\nERRORS are rare\nFAILED test/a.py::test_b - assert 1 == 2\nERROR test/c.py\n1 failed, 1 error in 2s\n';
	t.deepEqual(failedByPytest(output), ['FAILED test/a.py::test_b - assert 1 == 2', 'ERROR test/c.py']);
});
