import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {keptPassTimes} from '../../src/speculation/kept-pass-times.ts';
import {until} from '../helpers/start-server.ts';

async function passTimesFile(t: ExecutionContext): Promise<string> {
	const directory = await mkdtemp(path.join(tmpdir(), 'redraft-pass-times-'));
	t.teardown(() => rm(directory, {recursive: true}));
	return path.join(directory, 'below', 'times.json');
}

const measured = [
	{tokens: 1, ms: 10},
	{tokens: 8, ms: 20},
];
const measure = async () => measured;
const never = async () => {
	throw new Error('measured again');
};
const fail = (error: unknown) => {
	throw error;
};

test('pass times are measured once and read by the next start', async t => {
	const file = await passTimesFile(t);
	t.is((await keptPassTimes(file, measure, fail)).at(8), 20);
	t.is((await keptPassTimes(file, never, fail)).at(8), 20);
});

test('a file that holds no pass times is measured anew', async t => {
	const file = await passTimesFile(t);
	await keptPassTimes(file, measure, fail);
	const contents = [
		'',
		'{',
		'[]',
		'{}',
		'null',
		'[{"tokens":1}]',
		'[{"tokens":0,"ms":1}]',
		'[{"tokens":1,"ms":-1}]',
	];
	for (const content of [...contents, '[null]', '[{"tokens":1,"ms":1},{"tokens":1,"ms":2}]']) {
		await writeFile(file, content);
		t.is((await keptPassTimes(file, measure, fail)).at(1), 10, content);
		t.deepEqual(JSON.parse(await readFile(file, 'utf8')), measured, content);
	}
});

test('what serving teaches is read by the next start, and no other file stays behind', async t => {
	const file = await passTimesFile(t);
	const times = await keptPassTimes(file, measure, fail);
	for (let index = 0; index < 256; index++) {
		times.observe({packedTokens: index % 2 === 0 ? 1 : 8, passMs: index % 2 === 0 ? 2 : 4, queueMs: 0});
	}
	let known = await keptPassTimes(file, never, fail);
	await until(() => {
		void keptPassTimes(file, never, fail).then(read => {
			known = read;
		});
		return known.at(8) === 4;
	});
	t.is(known.at(1), 2);
	t.deepEqual(await readdir(path.dirname(file)), [path.basename(file)]);
});

test('where the file can’t be written, the reason is told and the pass times are used all the same', async t => {
	const file = await passTimesFile(t);
	await keptPassTimes(file, measure, fail);
	const errors: unknown[] = [];
	const times = await keptPassTimes(path.join(file, 'below-a-file.json'), measure, error =>
		errors.push(error),
	);
	t.is(errors.length, 1);
	t.is(times.at(8), 20);
});
