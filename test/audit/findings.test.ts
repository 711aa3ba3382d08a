import test from 'ava';
import {npmFindings, pipFindings} from './findings.ts';

test('vulnerable packages are named with what is known of them', t => {
	const report = {vulnerabilities: {left: {name: 'left', severity: 'high', range: '<2.0.0'}}};
	t.deepEqual(npmFindings(JSON.stringify(report)), {vulnerable: ['left <2.0.0: high'], unaudited: []});
	const dependencies = [
		{name: 'sound', version: '1.0', vulns: []},
		{name: 'left', version: '1.0', vulns: [{id: 'PYSEC-1', fix_versions: ['1.1'], aliases: []}]},
	];
	t.deepEqual(pipFindings('a.txt', JSON.stringify({dependencies})), {
		vulnerable: ['left 1.0: PYSEC-1, fixed in 1.1'],
		unaudited: [],
	});
});

test('a clean report finds nothing', t => {
	t.deepEqual(npmFindings('{"vulnerabilities": {}}'), {vulnerable: [], unaudited: []});
	t.deepEqual(pipFindings('a.txt', '{"dependencies": []}'), {vulnerable: [], unaudited: []});
});

test('an audit that got no answer says so in place of passing as clean', t => {
	t.deepEqual(npmFindings('{"message": "405 Method Not Allowed"}').unaudited, [
		'npm: 405 Method Not Allowed',
	]);
	t.deepEqual(npmFindings('').unaudited, ['npm: no answer from the registry']);
	t.deepEqual(pipFindings('a.txt', '').unaudited, ['a.txt: no answer from the index']);
	const dependencies = [
		{name: 'a', skip_reason: 'not found'},
		{name: 'b', version: '1.0', vulns: []},
	];
	t.deepEqual(pipFindings('a.txt', JSON.stringify({dependencies})).unaudited, [
		'a.txt: 1 of 2 packages, of which the index told nothing',
	]);
});
